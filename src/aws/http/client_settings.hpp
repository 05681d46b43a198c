// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/aws_endpoints.hpp"
#include "aws/shared_files/shared_files.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dsql::aws {

/// How to reach AWS services, as the environment and the selected profile say. The environment
/// takes precedence.
struct client_settings {
    /// The region of the services; empty when nothing names one.
    std::string region{};
    bool use_fips = false;
    bool use_dualstack = false;
    /// A PEM file of trusted certificate authorities (`AWS_CA_BUNDLE`, otherwise `ca_bundle`).
    /// Empty means those of the system.
    std::string ca_bundle{};
    /// How often one request is sent at most; at least 1 (`AWS_MAX_ATTEMPTS`, otherwise
    /// `max_attempts`, otherwise 3).
    int max_attempts = 3;
    /// The configured endpoints, without a slash at the end.
    std::map<aws_service, std::string> endpoints{};
};

/// Reads the settings. `region`, if not empty, was set by the program and overrides `AWS_REGION`,
/// `AWS_DEFAULT_REGION` and the profile's `region`. The endpoint of a service is the first of
/// `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's `services` section and the
/// profile's `endpoint_url`. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` disables all of these. Throws
/// `credentials_error` for an invalid value and names the variable or key that has it.
/// Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints" and "Settings".
[[nodiscard]] client_settings read_client_settings(const shared_files& files,
                                                   const std::string& profile,
                                                   const std::string& region);

/// Throws `credentials_error` for a text that does not have the form of a region. The check matters
/// because the region becomes part of the name of a host that receives secrets. `setting` names,
/// for the message, where the region was set.
void check_region(std::string_view region, std::string_view setting);

/// Returns the configured endpoint of a service, otherwise the `aws_endpoint` for `region` and the
/// variant in the settings, for example "https://sts.us-east-1.amazonaws.com". Throws
/// `credentials_error` for a configured endpoint that is not a URL; if none is configured, also for
/// an invalid region.
[[nodiscard]] std::string service_url(const client_settings& settings, aws_service service,
                                      std::string_view region);

}  // namespace dsql::aws
