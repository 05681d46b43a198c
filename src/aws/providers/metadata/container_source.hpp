// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/foreign_function.hpp"
#include "aws/providers/metadata/container_endpoint_policy.hpp"
#include "aws/providers/source.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace dsql::aws {

/// Whether `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI` is set
/// and not blank.
[[nodiscard]] bool container_is_configured();

/// A function that looks up a host. A call with limits does not wait for it any longer than these.
using name_lookup = foreign_function<std::vector<std::string>>;

/// The system's resolver, the same for all fetches: a name whose server does not respond holds one
/// thread, however many fetches have given up waiting for it.
[[nodiscard]] const name_lookup& system_name_lookup();

/// How a `container_source` reaches the endpoint.
struct container_options {
    /// The base URL to which `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` is appended. The default is
    /// the endpoint of ECS.
    std::string relative_base = "http://169.254.170.2";
    /// The function that looks up the host of an http:// URL.
    name_lookup resolve = system_name_lookup();
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
