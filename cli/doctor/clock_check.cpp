// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/clock_skew.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

namespace dsql_cli::doctor {

namespace {

using std::chrono::seconds;

constexpr std::chrono::milliseconds read_limit(3'000);
constexpr seconds warning_skew(60);
// AWS accepts a signature whose date is up to five minutes in the future.
constexpr seconds tolerated_skew(300);

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

bool ignores_configured_endpoints() {
    const std::string value = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    return value == "true" || value == "True" || value == "TRUE";
}

// STS, because it responds without credentials and networks that run AWS SDKs let it through.
std::string clock_url(const std::string& region) {
    if (!ignores_configured_endpoints()) {
        for (const char* name : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}) {
            if (std::string url = variable(name); !url.empty()) {
                return url;
            }
        }
    }
    const char* const domain = region.starts_with("cn-") ? ".amazonaws.com.cn/" : ".amazonaws.com/";
    return "https://sts." + region + domain;
}

// Returns the host and port of a URL without the user part and the path, which may hold secrets. An
// @ after the host may end a password that contains a slash; then no part of the URL is shown.
std::string authority_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::string_view rest = url.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    if (scheme == std::string_view::npos || rest.find('@', end) != std::string_view::npos) {
        return "the configured endpoint";
    }
    const std::string_view authority = rest.substr(0, end);
    return std::string(authority.substr(authority.rfind('@') + 1));
}

outcome rate_skew(seconds ahead) {
    const seconds skew = std::chrono::abs(ahead);
    return skew > tolerated_skew ? outcome::failed
           : skew > warning_skew ? outcome::warning
                                 : outcome::ok;
}

}  // namespace

findings check_clock(doctor_context& context) {
    const std::string url = clock_url(context.endpoint.region);
    const std::string server = authority_of(url);
    const clock_reading reading = read_clock(url, std::min(read_limit, context.options.timeout));
    if (!reading.error.empty()) {
        return {{.result = outcome::skipped,
                 .summary = "not checked: " + server + ": " + reading.error,
                 .advice = "a clock that is wrong would show at tls or login"}};
    }
    finding found{.result = rate_skew(reading.ahead),
                  .summary = "this machine's clock " + format_clock_skew(reading.ahead) +
                             " (by the HTTP Date of " + server + ")",
                  .facts = {{"server", server},
                            {"seconds_ahead", static_cast<long long>(reading.ahead.count())}}};
    if (found.result != outcome::ok) {
        found.advice = clock_advice;
    }
    return {found};
}

}  // namespace dsql_cli::doctor
