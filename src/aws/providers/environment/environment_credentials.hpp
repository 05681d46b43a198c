// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/providers/source.hpp"

#include <string>

namespace dsql::detail {

/// Whether the environment holds at least one of the two keys. A blank value counts as none.
[[nodiscard]] bool environment_has_keys();

/// The environment's keys, and what else it says of them. Throws `credentials_error` when one of
/// the two is missing, and when `AWS_CREDENTIAL_EXPIRATION` is malformed or has passed.
[[nodiscard]] credentials read_environment_credentials();

/// The environment's keys as a source; read at each fetch.
class environment_source final : public credentials_source {
public:
    [[nodiscard]] std::string name() const override { return "environment"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;
};

}  // namespace dsql::detail
