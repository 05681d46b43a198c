// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/metadata/container_endpoint_policy.hpp"
#include "aws/providers/source.hpp"

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace dsql::aws {

/// Whether `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI` is set
/// and not blank.
[[nodiscard]] bool container_is_configured();

/// Looks up a host name and returns its numeric addresses, until a stop is requested. Throws
/// `credentials_error`, or `cancelled_error` when stopped.
using stoppable_resolver =
    std::function<std::vector<std::string>(const std::string& host, const std::stop_token& stop)>;

/// How a `container_source` reaches the endpoint.
struct container_options {
    /// The base URL to which `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` is appended. The default is
    /// the endpoint of ECS.
    std::string relative_base = "http://169.254.170.2";
    /// The function that looks up the host of an http:// URL.
    stoppable_resolver resolve = &system_addresses;
    /// A PEM file of trusted certificate authorities for an https:// URL. Empty means those of the
    /// system.
    std::string ca_bundle{};
    /// The time limit for name lookup, TCP and TLS.
    std::chrono::milliseconds connect_timeout{2'000};
    /// The time limit for one attempt as a whole. There are up to three attempts.
    std::chrono::milliseconds timeout{5'000};
};

/// The endpoint from which containers get their credentials on ECS, EKS Pod Identity, Lambda
/// SnapStart and Greengrass. The environment and the token file are read at each fetch. Proxies are
/// not used and redirects are not followed. A host that must not receive the token is rejected
/// before the token is read.
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
class container_source final : public credentials_source {
public:
    explicit container_source(container_options options = {});

    [[nodiscard]] std::string name() const override { return "container endpoint"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    const container_options options_;
};

}  // namespace dsql::aws
