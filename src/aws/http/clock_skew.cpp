// SPDX-License-Identifier: Apache-2.0
#include "aws/http/clock_skew.hpp"

#include <curl/curl.h>

#include <ctime>

namespace dsql::aws {

namespace {

constexpr std::chrono::minutes tolerated(5);

}  // namespace

std::optional<std::chrono::seconds> clock_offset(const http_response& response,
                                                 std::chrono::system_clock::time_point now) {
    const std::string date(response.header("date"));
    const std::time_t theirs = curl_getdate(date.c_str(), nullptr);
    if (theirs < 0) {
        return std::nullopt;
    }
    const long long ours = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return std::chrono::seconds(static_cast<long long>(theirs) - ours);
}

std::string clock_skew(const http_response& response, std::chrono::system_clock::time_point now) {
    const auto offset = clock_offset(response, now);
    if (!offset || std::chrono::abs(*offset) <= tolerated) {
        return {};
    }
    const auto minutes = std::chrono::round<std::chrono::minutes>(std::chrono::abs(*offset));
    return "this machine's clock is " + std::to_string(minutes.count()) + " minutes " +
           (*offset < offset->zero() ? "ahead of" : "behind") + " the service's";
}

}  // namespace dsql::aws
