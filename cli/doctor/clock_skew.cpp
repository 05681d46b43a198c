// SPDX-License-Identifier: Apache-2.0
#include "doctor/clock_skew.hpp"

#include "doctor/sts_endpoint.hpp"

#include <curl/curl.h>

#include <ctime>
#include <string_view>

namespace dsql_cli::doctor {

namespace {

using std::chrono::system_clock;

struct date_header {
    std::string date{};
    system_clock::time_point at{};
};

bool is_date_header(std::string_view line) {
    constexpr std::string_view name = "date:";
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (i >= line.size() || (line[i] | 0x20) != (name[i] | 0x20)) {
            return false;
        }
    }
    return true;
}

std::size_t take_header(const char* text, std::size_t size, std::size_t count, void* user_data) {
    const std::string_view line(text, size * count);
    if (is_date_header(line)) {
        auto& response = *static_cast<date_header*>(user_data);
        response.date = line.substr(line.find(':') + 1);
        response.at = system_clock::now();
    }
    return size * count;
}

CURLcode send_head_request(const std::string& url, std::chrono::milliseconds limit,
                           date_header& response) {
    const curl_request request = make_request(url, limit);
    if (!request) {
        return CURLE_FAILED_INIT;
    }
    curl_easy_setopt(request.get(), CURLOPT_NOBODY, 1L);
    curl_easy_setopt(request.get(), CURLOPT_HEADERFUNCTION, &take_header);
    curl_easy_setopt(request.get(), CURLOPT_HEADERDATA, &response);
    return curl_easy_perform(request.get());
}

outcome rate_skew(std::chrono::seconds ahead) {
    constexpr std::chrono::seconds warning_skew(60);
    // AWS accepts a signature whose date is up to five minutes in the future.
    constexpr std::chrono::seconds tolerated_skew(300);
    const std::chrono::seconds skew = std::chrono::abs(ahead);
    return skew > tolerated_skew ? outcome::failed
           : skew > warning_skew ? outcome::warning
                                 : outcome::ok;
}

}  // namespace

clock_reading read_clock(const std::string& url, std::chrono::milliseconds limit) {
    date_header response;
    const CURLcode outcome = send_head_request(url, limit, response);
    if (response.date.empty()) {
        return {.error = outcome == CURLE_OK ? "the answer has no Date"
                                             : std::string(curl_easy_strerror(outcome))};
    }
    const std::time_t server_time = curl_getdate(response.date.c_str(), nullptr);
    if (server_time < 0) {
        return {.error = "the answer's Date cannot be read"};
    }
    return {.ahead = std::chrono::floor<std::chrono::seconds>(
                response.at - system_clock::from_time_t(server_time))};
}

finding describe_clock(std::chrono::seconds ahead, const std::string& source) {
    finding found{
        .result = rate_skew(ahead),
        .summary = "this machine's clock " + format_clock_skew(ahead) + " (by " + source + ")",
        .facts = {{"seconds_ahead", static_cast<long long>(ahead.count())}}};
    if (found.result != outcome::ok) {
        found.advice = clock_advice;
    }
    return found;
}

std::string format_clock_skew(std::chrono::seconds ahead) {
    constexpr std::chrono::seconds rounding(2);
    const std::chrono::seconds off = std::chrono::abs(ahead);
    if (off <= rounding) {
        return "is right";
    }
    const auto minutes = std::chrono::round<std::chrono::minutes>(off);
    std::string text = "is ";
    text += minutes.count() >= 2 ? std::to_string(minutes.count()) + " minutes"
                                 : std::to_string(off.count()) + " seconds";
    return text + (ahead.count() > 0 ? " ahead" : " behind");
}

}  // namespace dsql_cli::doctor
