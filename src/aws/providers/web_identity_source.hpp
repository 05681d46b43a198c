// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/source.hpp"
#include "aws/providers/sts_client.hpp"

#include <string>

namespace dsql::detail {

/// A role's credentials, had by AssumeRoleWithWebIdentity with the token in a file, which is read
/// again at each fetch because its writer replaces it.
class web_identity_source final : public credentials_source {
public:
    /// `role_session_name` empty: one is made up.
    web_identity_source(std::string role_arn, std::string token_file, std::string role_session_name,
                        sts_client client);

    [[nodiscard]] std::string name() const override { return "web identity"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    const std::string role_arn_;
    const std::string token_file_;
    const std::string role_session_name_;
    const sts_client client_;
};

}  // namespace dsql::detail
