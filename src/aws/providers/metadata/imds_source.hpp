// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"
#include "aws/providers/source.hpp"
#include "aws/shared_files/shared_files.hpp"

#include <chrono>
#include <string>

namespace dsql::aws {

/// How to reach EC2's instance metadata service (IMDS). The environment takes precedence over the
/// profile.
struct imds_settings {
    /// Whether the service must not be used: `AWS_EC2_METADATA_DISABLED` is "true" in upper or
    /// lower case.
    bool is_disabled = false;
    /// Whether IMDSv1 must not be used: `AWS_EC2_METADATA_V1_DISABLED`, otherwise
    /// `ec2_metadata_v1_disabled`.
    bool is_v1_disabled = false;
    /// Scheme and host, without a slash at the end: `AWS_EC2_METADATA_SERVICE_ENDPOINT`, otherwise
    /// `ec2_metadata_service_endpoint`, otherwise the default endpoint for IPv4 or IPv6.
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`, otherwise `ec2_metadata_service_endpoint_mode`,
    /// chooses between these two; the case does not matter.
    std::string endpoint = "http://169.254.169.254";
    /// The time limit for connecting, and also for one attempt as a whole:
    /// `AWS_METADATA_SERVICE_TIMEOUT`, otherwise `metadata_service_timeout`, in seconds, more than
    /// 0 and at most 3600; otherwise 1 s.
    std::chrono::milliseconds timeout{1'000};
    /// How often one request is sent at most; at least 1. `AWS_METADATA_SERVICE_NUM_ATTEMPTS`,
    /// otherwise `metadata_service_num_attempts`, otherwise 3.
    int max_attempts = 3;

    bool operator==(const imds_settings&) const = default;
};

/// Reads the settings. When the service is disabled, reads no other setting. Throws
/// `credentials_error` for an invalid value and names the variable or key that has it.
/// Source: AWS SDKs and Tools Reference Guide, "IMDS credential provider".
[[nodiscard]] imds_settings read_imds_settings(const shared_files& files,
                                               const std::string& profile);

/// The credentials of an EC2 instance's role, from its metadata service. Uses IMDSv2, and IMDSv1
/// only when the service does not support version 2. Proxies are not used and redirects are not
/// followed. Expired credentials are returned too, because the service may have no newer ones (see
/// `after_expiration::kept_and_taken`). The session token of IMDSv2 is cached until shortly before
/// it expires; the role is looked up at each fetch.
/// Sources: Amazon EC2 User Guide, "Use IMDSv2" and "Retrieve security credentials from instance
/// metadata"; AWS SDKs and Tools Reference Guide, "IMDS credential provider".
class imds_source final : public credentials_source {
public:
    explicit imds_source(imds_settings settings);
    /// Reads the settings from the environment and a profile. Throws `credentials_error` for an
    /// invalid setting.
    imds_source(const shared_files& files, const std::string& profile);

    [[nodiscard]] std::string name() const override { return "EC2 instance metadata"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    [[nodiscard]] fetched_credentials fetch_role(const fetch_context& context);
    [[nodiscard]] std::string v1_remark() const;
    [[nodiscard]] http_response get(const std::string& path, const fetch_context& context);
    [[nodiscard]] http_response get_once(const std::string& path, const fetch_context& context);
    void obtain_token(const fetch_context& context);
    void keep_token(const http_response& response);
    void forget_token() noexcept;
    [[nodiscard]] std::string role(const fetch_context& context);
    [[nodiscard]] credentials credentials_of(const std::string& role, const fetch_context& context);

    const imds_settings settings_;
    secret_string token_;  // of IMDSv2; empty when there is none yet
    std::chrono::system_clock::time_point token_end_{};
    bool uses_v1_ = false;  // whether this fetch uses IMDSv1
    int token_status_ = 0;  // the response status that led to IMDSv1
};

}  // namespace dsql::aws
