// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/source.hpp"
#include "aws/providers/sts/sts_client.hpp"

#include <string>
#include <utility>

namespace dsql::aws {

/// The credentials of a role, which are fetched by AssumeRoleWithWebIdentity with the token in a
/// file. The file is read at each fetch, because its owner replaces the token regularly.
class web_identity_source final : public credentials_source {
public:
    /// If `role_session_name` is empty, a name is generated.
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

/// The source of the web identity in the variables `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`
/// and `AWS_ROLE_SESSION_NAME`, which EKS sets (IAM roles for service accounts).
class web_identity_environment_source final : public credentials_source {
public:
    /// `region` is that of STS. If it is empty, the environment or the selected profile supplies
    /// it.
    explicit web_identity_environment_source(std::string region) : region_(std::move(region)) {}

    [[nodiscard]] std::string name() const override { return "web identity"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    const std::string region_;
};

}  // namespace dsql::aws
