// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::aws {

/// The AWS services that credentials come from.
enum class aws_service { sts, sso, sso_oidc, signin };

/// The variant of an endpoint.
struct endpoint_variant {
    bool fips = false;
    bool dualstack = false;
};

/// Returns the URL of an AWS service in `region`, for example
/// "https://sts.us-east-1.amazonaws.com". A region that belongs to no known partition is treated as
/// part of the partition "aws", as in the AWS SDKs. Every partition has both variants.
/// Source: the endpoint rules of the four services, as AWS publishes them with its SDKs
/// (partitions.json, endpoint-rule-set-1.json).
[[nodiscard]] std::string aws_endpoint(aws_service service, std::string_view region,
                                       endpoint_variant variant);

}  // namespace dsql::aws
