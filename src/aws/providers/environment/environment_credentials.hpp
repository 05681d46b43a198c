// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/providers/source.hpp"

#include <string>

namespace dsql::aws {

/// Whether the environment contains at least one of the two keys. A blank variable counts as
/// missing.
[[nodiscard]] bool environment_has_keys();

/// Returns the keys in the environment, with their session token, account ID and expiration if
/// these are set. Throws `credentials_error` when one of the two keys is missing, or when
/// `AWS_CREDENTIAL_EXPIRATION` is malformed or has passed.
[[nodiscard]] credentials read_environment_credentials();

/// The source of the keys in the environment, which are read at each fetch.
class environment_source final : public credentials_source {
public:
    [[nodiscard]] std::string name() const override { return "environment"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;
};

}  // namespace dsql::aws
