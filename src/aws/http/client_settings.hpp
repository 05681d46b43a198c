// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/aws_endpoints.hpp"
#include "aws/profiles/shared_files.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dsql::detail {

/// How to reach AWS services, from the environment and the selected profile; the environment wins.
struct client_settings {
    /// Region of the services; empty when nothing names one.
    std::string region{};
    bool use_fips = false;
    bool use_dualstack = false;
    /// PEM file (`AWS_CA_BUNDLE`, else `ca_bundle`); empty: the system's.
    std::string ca_bundle{};
    /// Attempts at one request, at least 1 (`AWS_MAX_ATTEMPTS`, else `max_attempts`, else 3).
    int max_attempts = 3;
    /// Endpoints that were configured, without a slash at the end.
    std::map<aws_service, std::string> endpoints{};
};

/// Reads the settings. `region`, if not empty, is one that the program itself asked for: it
/// overrides `AWS_REGION`, `AWS_DEFAULT_REGION` and the profile's `region`. A configured endpoint
/// is, first to last: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's `services`
/// section, the profile's `endpoint_url`; none with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`.
/// Throws `credentials_error` for a value that cannot be used, naming where it stands.
/// Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints" and "Settings".
[[nodiscard]] client_settings read_client_settings(const shared_files& files,
                                                   const std::string& profile,
                                                   const std::string& region);

/// Throws `credentials_error` for a text that is not of the form of a region: it becomes part of a
/// host name that gets secrets. `setting` names where it stands.
void check_region(std::string_view region, std::string_view setting);

/// "https://sts.us-east-1.amazonaws.com": the configured endpoint of a service, else the
/// `aws_endpoint` in `region` of the asked-for variant. Throws `credentials_error` for a configured
/// endpoint that is no URL, and as `check_region` does where none is configured.
[[nodiscard]] std::string service_url(const client_settings& settings, aws_service service,
                                      std::string_view region);

}  // namespace dsql::detail
