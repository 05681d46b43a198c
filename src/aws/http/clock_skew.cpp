// SPDX-License-Identifier: Apache-2.0
#include "aws/http/clock_skew.hpp"

#include <curl/curl.h>

#include <cstdlib>

namespace dsql::detail {

namespace {

constexpr std::chrono::minutes tolerated(5);

}  // namespace

std::string clock_skew(const http_response& response, std::chrono::system_clock::time_point now) {
    const std::string date(response.header("date"));
    const std::time_t theirs = curl_getdate(date.c_str(), nullptr);
    if (theirs < 0) {
        return {};
    }
    const long long ours = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const std::chrono::seconds ahead(ours - static_cast<long long>(theirs));
    if (std::chrono::abs(ahead) <= tolerated) {
        return {};
    }
    const auto minutes = std::chrono::round<std::chrono::minutes>(std::chrono::abs(ahead)).count();
    return "this machine's clock is " + std::to_string(minutes) + " minutes " +
           (ahead > tolerated ? "ahead of" : "behind") + " the service's";
}

}  // namespace dsql::detail
