// SPDX-License-Identifier: Apache-2.0
#include "aws/http/client_settings.hpp"

#include <dsql/error.hpp>

#include "aws/http/url.hpp"
#include "aws/shared_files/aws_settings.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace dsql::aws {

namespace {

struct service_names {
    aws_service service;
    const char* variable;  ///< the part after AWS_ENDPOINT_URL_
    const char* key;       ///< the key in a services section
};

constexpr std::array all_services = {service_names{aws_service::sts, "STS", "sts"},
                                     service_names{aws_service::sso, "SSO", "sso"},
                                     service_names{aws_service::sso_oidc, "SSO_OIDC", "sso_oidc"},
                                     service_names{aws_service::signin, "SIGNIN", "signin"}};

std::string configured_endpoint(const aws_settings& settings, const service_names& names) {
    const std::string variable = std::string("AWS_ENDPOINT_URL_") + names.variable;
    const std::array<std::string, 4> places = {detail::environment_variable(variable.c_str()),
                                               detail::environment_variable("AWS_ENDPOINT_URL"),
                                               settings.section_endpoint(names.key),
                                               settings.profile_value("endpoint_url")};
    for (const std::string& place : places) {
        std::string url(detail::trim(place));
        if (!url.empty()) {
            while (url.ends_with('/')) {
                url.pop_back();
            }
            return url;
        }
    }
    return {};
}

int read_max_attempts(const aws_settings& settings) {
    const auto [value, place] = settings.get("AWS_MAX_ATTEMPTS", "max_attempts");
    if (value.empty()) {
        return 3;
    }
    const auto attempts = detail::parse_number<int>(value);
    if (!attempts || *attempts < 1) {
        throw credentials_error(place + " is " + detail::in_quotes(value) +
                                "; it must be 1 or more");
    }
    return *attempts;
}

std::string read_region(const aws_settings& settings, const std::string& region) {
    std::string found = region;
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        if (found.empty()) {
            found = detail::trim(detail::environment_variable(variable));
        }
    }
    return found.empty() ? settings.profile_value("region") : found;
}

// The message does not show the URL, because it may contain a password.
void check_endpoint(const std::string& url, aws_service service) {
    const std::optional<url_parts> parts = parse_url(url);
    if (parts && (parts->scheme == "https" || parts->scheme == "http")) {
        return;
    }
    const auto* const names =
        std::find_if(all_services.begin(), all_services.end(),
                     [service](const service_names& one) { return one.service == service; });
    throw credentials_error(
        std::string("the endpoint configured for ") + names->key + " (AWS_ENDPOINT_URL_" +
        names->variable +
        ", AWS_ENDPOINT_URL, or endpoint_url in the profile or its services section) is not a URL "
        "of the form https://host or http://host");
}

}  // namespace

client_settings read_client_settings(const shared_files& files, const std::string& profile,
                                     const std::string& region) {
    const aws_settings reader(files, profile);
    client_settings settings;
    settings.region = read_region(reader, region);
    settings.use_fips = reader.is_on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    settings.use_dualstack = reader.is_on("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    settings.ca_bundle = detail::expand_home(reader.get("AWS_CA_BUNDLE", "ca_bundle").value);
    settings.max_attempts = read_max_attempts(reader);
    if (!reader.is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) {
        for (const service_names& names : all_services) {
            if (std::string url = configured_endpoint(reader, names); !url.empty()) {
                settings.endpoints[names.service] = std::move(url);
            }
        }
    }
    return settings;
}

void check_region(std::string_view region, std::string_view setting) {
    const bool fits = !region.empty() && region.front() != '-' && region.back() != '-' &&
                      std::all_of(region.begin(), region.end(), [](char c) {
                          return detail::is_lower(c) || detail::is_digit(c) || c == '-';
                      });
    if (!fits) {
        throw credentials_error(
            std::string(setting) +
            (region.empty() ? std::string(" is not set") : " is " + detail::in_quotes(region)) +
            "; it must be an AWS region such as us-east-1");
    }
}

std::string service_url(const client_settings& settings, aws_service service,
                        std::string_view region) {
    if (const auto found = settings.endpoints.find(service); found != settings.endpoints.end()) {
        check_endpoint(found->second, service);
        return found->second;
    }
    check_region(region, "the region (AWS_REGION, or region in the profile)");
    return aws_endpoint(service, region,
                        {.fips = settings.use_fips, .dualstack = settings.use_dualstack});
}

}  // namespace dsql::aws
