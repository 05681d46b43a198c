// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/foreign_function.hpp"
#include "aws/providers/source.hpp"
#include "aws/providers/sts/sts_client.hpp"
#include "aws/providers/sts/sts_protocol.hpp"

#include <functional>
#include <string>

namespace dsql::aws {

/// Returns the credentials with which a role is assumed.
using base_credentials_function = std::function<credentials(const fetch_context&)>;

/// The credentials of a role, which are fetched by AssumeRole with other credentials.
class assume_role_source final : public credentials_source {
public:
    /// `base` is called at each fetch, and what it throws reaches the caller. `mfa_code` is called
    /// at each fetch when the request has an `mfa_serial` but no `mfa_code`. It may be empty.
    assume_role_source(base_credentials_function base, assume_role_request request,
                       sts_client client, foreign_function<std::string> mfa_code = {});

    [[nodiscard]] std::string name() const override { return "assumed role"; }
    /// Throws `unrecoverable_credentials_error` when an MFA code is needed and nothing supplies
    /// one.
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    void ask_for_mfa_code(assume_role_request& request, const fetch_context& context) const;

    const base_credentials_function base_;
    const assume_role_request request_;
    const sts_client client_;
    const foreign_function<std::string> mfa_code_;
};

}  // namespace dsql::aws
