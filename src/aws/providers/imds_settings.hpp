// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/profiles/shared_files.hpp"

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

}  // namespace dsql::detail
