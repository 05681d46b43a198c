// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/metadata/container_endpoint_policy.hpp"
#include "aws/providers/source.hpp"

#include <chrono>
#include <string>

namespace dsql::detail {

/// Whether `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI` is set
/// and not blank.
[[nodiscard]] bool container_is_configured();

/// How a `container_source` reaches the endpoint.
struct container_options {
    /// What `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` is appended to; the default is that of ECS.
    std::string relative_base = "http://169.254.170.2";
    /// Looks up the host of an http:// URL.
    host_resolver resolve = &system_addresses;
    /// PEM file of certificate authorities for an https:// URL; empty: the system's.
    std::string ca_bundle{};
    /// For TCP and TLS.
    std::chrono::milliseconds connect_timeout{2'000};
    /// For one attempt as a whole; there are up to three.
    std::chrono::milliseconds timeout{5'000};
};

/// The endpoint that ECS, EKS Pod Identity, Lambda SnapStart and Greengrass have for a container's
/// credentials. The environment, token file included, is read at each fetch. No proxy and no
/// redirect is used, and a host that may not have the token is refused before that is read.
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
class container_source final : public credentials_source {
public:
    explicit container_source(container_options options = {});

    [[nodiscard]] std::string name() const override { return "container endpoint"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    const container_options options_;
};

}  // namespace dsql::detail
