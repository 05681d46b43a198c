// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/http_client.hpp"
#include "aws/profiles/shared_files.hpp"
#include "aws/providers/source.hpp"

#include <chrono>
#include <string>

namespace dsql::detail {

/// How to reach EC2's instance metadata service (IMDS); the environment wins over the profile.
struct imds_settings {
    /// `AWS_EC2_METADATA_DISABLED` is "true", in any case: the service must not be asked.
    bool is_disabled = false;
    /// `AWS_EC2_METADATA_V1_DISABLED`, else `ec2_metadata_v1_disabled`.
    bool is_v1_disabled = false;
    /// Scheme and host, without a slash at the end. `AWS_EC2_METADATA_SERVICE_ENDPOINT`, else
    /// `ec2_metadata_service_endpoint`, else what the first of
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE` and `ec2_metadata_service_endpoint_mode` stands
    /// for: IPv4 or IPv6, in any case.
    std::string endpoint = "http://169.254.169.254";
    /// For connecting, and for one attempt as a whole. `AWS_METADATA_SERVICE_TIMEOUT`, else
    /// `metadata_service_timeout`, in seconds, more than 0 and at most 3600; else 1.
    std::chrono::milliseconds timeout{1'000};
    /// Attempts at one request, at least 1. `AWS_METADATA_SERVICE_NUM_ATTEMPTS`, else
    /// `metadata_service_num_attempts`, else 3.
    int max_attempts = 3;

    bool operator==(const imds_settings&) const = default;
};

/// Reads the settings; when the service is disabled, only that. Throws `credentials_error` for a
/// value that cannot be used, naming where it stands.
/// Source: AWS SDKs and Tools Reference Guide, "IMDS credential provider".
[[nodiscard]] imds_settings read_imds_settings(const shared_files& files,
                                               const std::string& profile);

/// The role of an EC2 instance, from its metadata service: IMDSv2, and IMDSv1 where the service has
/// no version 2. Neither a proxy nor a redirect is used. Credentials are returned even when they
/// have expired: when the service has no newer ones, they may still be the best there are.
/// The session token of IMDSv2 is kept for its life, the role is looked up at each fetch.
/// Sources: Amazon EC2 User Guide, "Use IMDSv2" and "Retrieve security credentials from instance
/// metadata"; AWS SDKs and Tools Reference Guide, "IMDS credential provider".
class imds_source final : public credentials_source {
public:
    explicit imds_source(imds_settings settings);
    /// With the settings of the environment and a profile. Throws `credentials_error` for one that
    /// cannot be used.
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
    secret_string token_;  // of IMDSv2; empty: none yet
    std::chrono::system_clock::time_point token_end_{};
    bool uses_v1_ = false;  // in this fetch
    int token_status_ = 0;  // of the answer that led there
};

}  // namespace dsql::detail
