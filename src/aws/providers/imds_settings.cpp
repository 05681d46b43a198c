// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/imds_settings.hpp"

#include <dsql/error.hpp>

#include "aws/http/url.hpp"
#include "aws/profiles/setting_reader.hpp"
#include "config/environment.hpp"
#include "config/text.hpp"

#include <cmath>

namespace dsql::detail {

namespace {

using found_setting = setting_reader::found_setting;

[[noreturn]] void fail(const found_setting& setting, const std::string& what_is_right) {
    throw credentials_error(setting.place + " is " + in_quotes(setting.value) + "; it must be " +
                            what_is_right);
}

std::string checked_endpoint(const found_setting& setting) {
    std::string url = setting.value;
    const auto parts = parse_url(url);
    const bool is_http = parts && (parts->scheme == "http" || parts->scheme == "https");
    if (!is_http || url.find_first_of("?#@") != std::string::npos) {
        // Not shown: a user part or a query might hold a secret.
        throw credentials_error(setting.place +
                                " is not a URL of the form http://host or https://host");
    }
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url;
}

std::string read_endpoint(const setting_reader& reader) {
    const found_setting endpoint =
        reader.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    if (!endpoint.value.empty()) {
        return checked_endpoint(endpoint);
    }
    const found_setting mode =
        reader.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    const std::string version = lower(mode.value);
    if (version == "ipv6") {
        return "http://[fd00:ec2::254]";
    }
    if (!version.empty() && version != "ipv4") {
        fail(mode, "IPv4 or IPv6");
    }
    return imds_settings{}.endpoint;
}

std::chrono::milliseconds read_timeout(const setting_reader& reader) {
    const found_setting setting =
        reader.get("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout");
    if (setting.value.empty()) {
        return imds_settings{}.timeout;
    }
    const auto seconds = parse_number<double>(setting.value);
    if (!seconds || !(*seconds > 0 && *seconds <= 3600)) {
        fail(setting, "a number of seconds, more than 0 and at most 3600");
    }
    // Rounded up: libcurl takes 0 for no limit.
    return std::chrono::milliseconds(static_cast<long>(std::ceil(*seconds * 1000)));
}

int read_imds_attempts(const setting_reader& reader) {
    const found_setting setting =
        reader.get("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts");
    if (setting.value.empty()) {
        return imds_settings{}.max_attempts;
    }
    const auto attempts = parse_number<int>(setting.value);
    if (!attempts || *attempts < 1) {
        fail(setting, "1 or more");
    }
    return *attempts;
}

}  // namespace

imds_settings read_imds_settings(const shared_files& files, const std::string& profile) {
    imds_settings settings;
    settings.is_disabled = lower(trim(environment_variable("AWS_EC2_METADATA_DISABLED"))) == "true";
    if (settings.is_disabled) {
        return settings;
    }
    const setting_reader reader(files, profile);
    settings.is_v1_disabled =
        reader.is_on("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled");
    settings.endpoint = read_endpoint(reader);
    settings.timeout = read_timeout(reader);
    settings.max_attempts = read_imds_attempts(reader);
    return settings;
}

}  // namespace dsql::detail
