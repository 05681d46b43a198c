// SPDX-License-Identifier: Apache-2.0
#include "aws/http/aws_endpoints.hpp"

#include <algorithm>
#include <array>

namespace dsql::aws {

namespace {

struct aws_partition {
    std::string_view prefix;  ///< of its regions; no region matches two of the prefixes below
    std::string_view global_region;  ///< stands for all regions of the partition
    std::string_view domain;
    std::string_view dualstack_domain;
    std::string_view signin_domain;  ///< of the sign-in endpoints without a variant
};

constexpr aws_partition commercial = {"", "aws-global", "amazonaws.com", "api.aws",
                                      "signin.aws.amazon.com"};

constexpr std::array other_partitions = {
    aws_partition{"us-gov-", "aws-us-gov-global", "amazonaws.com", "api.aws",
                  "signin.amazonaws-us-gov.com"},
    aws_partition{"cn-", "aws-cn-global", "amazonaws.com.cn", "api.amazonwebservices.com.cn",
                  "signin.amazonaws.cn"},
    aws_partition{"eusc-", "aws-eusc-global", "amazonaws.eu", "api.amazonwebservices.eu",
                  "signin.amazonaws-eusc.eu"},
    aws_partition{"us-iso-", "aws-iso-global", "c2s.ic.gov", "api.aws.ic.gov",
                  "signin.c2shome.ic.gov"},
    aws_partition{"us-isob-", "aws-iso-b-global", "sc2s.sgov.gov", "api.aws.scloud",
                  "signin.sc2shome.sgov.gov"},
    aws_partition{"eu-isoe-", "aws-iso-e-global", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk",
                  "signin.csphome.adc-e.uk"},
    aws_partition{"us-isof-", "aws-iso-f-global", "csp.hci.ic.gov", "api.aws.hci.ic.gov",
                  "signin.csphome.hci.ic.gov"},
};
constexpr const aws_partition& us_gov = other_partitions.front();

const aws_partition& partition_of(std::string_view region) {
    const auto* const found = std::find_if(
        other_partitions.begin(), other_partitions.end(), [region](const aws_partition& one) {
            return region.starts_with(one.prefix) || region == one.global_region;
        });
    return found == other_partitions.end() ? commercial : *found;
}

std::string_view host_prefix(aws_service service) {
    switch (service) {
        case aws_service::sts:
            return "sts";
        case aws_service::sso:
            return "portal.sso";
        case aws_service::sso_oidc:
            return "oidc";
        case aws_service::signin:
            break;
    }
    return "signin";
}

// Returns a host name of the form that most endpoints have, for example
// "sts-fips.us-east-1.api.aws".
std::string usual_host(aws_service service, std::string_view region, endpoint_variant variant,
                       const aws_partition& partition) {
    std::string host(host_prefix(service));
    host += variant.fips ? "-fips." : ".";
    host.append(region).append(".");
    host += variant.dualstack ? partition.dualstack_domain : partition.domain;
    return host;
}

// Returns the host of sign-in without dual stack; empty when it has the usual form.
std::string signin_host(std::string_view region, bool fips, const aws_partition& partition) {
    if (!fips) {
        return std::string(region) + "." + std::string(partition.signin_domain);
    }
    if (&partition != &us_gov) {
        return {};
    }
    const std::string_view domain = "signin-fips.amazonaws-us-gov.com";
    return region == "us-gov-west-1" ? std::string(domain)
                                     : std::string(region) + "." + std::string(domain);
}

// Returns the host of an endpoint that differs from the usual form; empty when it does not differ.
std::string special_host(aws_service service, std::string_view region, endpoint_variant variant,
                         const aws_partition& partition) {
    if (variant.dualstack) {
        return {};
    }
    if (service == aws_service::signin) {
        return signin_host(region, variant.fips, partition);
    }
    // The standard endpoints of GovCloud are also its FIPS endpoints.
    if (variant.fips && &partition == &us_gov) {
        return usual_host(service, region, {}, partition);
    }
    const bool is_global = service == aws_service::sts && region == commercial.global_region;
    return is_global && !variant.fips ? "sts.amazonaws.com" : "";
}

}  // namespace

std::string aws_endpoint(aws_service service, std::string_view region, endpoint_variant variant) {
    const aws_partition& partition = partition_of(region);
    const std::string special = special_host(service, region, variant, partition);
    return "https://" +
           (special.empty() ? usual_host(service, region, variant, partition) : special);
}

}  // namespace dsql::aws
