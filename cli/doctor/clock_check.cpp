// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/format_clock_skew.hpp"
#include "doctor/http_date.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

namespace dsql_cli::doctor {

namespace {

using std::chrono::seconds;

constexpr std::chrono::milliseconds patience(3'000);
constexpr seconds noticeable(60);
// What AWS tolerates in the date of a signature that lies ahead.
constexpr seconds tolerated(300);

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

bool ignores_configured_endpoints() {
    const std::string value = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    return value == "true" || value == "True" || value == "TRUE";
}

// STS, as it answers without credentials and every SDK talks to it.
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

// Host and port of a URL, without a user part or a path, which may hold secrets. An @ after the
// host may be the end of a password with a slash in it: then nothing is shown.
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

outcome judge(seconds ahead) {
    const seconds off = std::chrono::abs(ahead);
    return off > tolerated ? outcome::failed : off > noticeable ? outcome::warning : outcome::ok;
}

}  // namespace

findings check_clock(doctor_context& seen) {
    const std::string url = clock_url(seen.place.region);
    const std::string server = authority_of(url);
    const clock_reading reading = read_clock(url, std::min(patience, seen.asked.timeout));
    if (!reading.failure.empty()) {
        return {{.result = outcome::skipped,
                 .summary = "not checked: " + server + ": " + reading.failure,
                 .advice = "a clock that is wrong would show at tls or login"}};
    }
    finding found{.result = judge(reading.ahead),
                  .summary = "this machine's clock " + in_words(reading.ahead) +
                             " (by the HTTP Date of " + server + ")",
                  .facts = {{"server", server},
                            {"seconds_ahead", static_cast<long long>(reading.ahead.count())}}};
    if (found.result != outcome::ok) {
        found.advice = set_the_clock;
    }
    return {found};
}

}  // namespace dsql_cli::doctor
