// SPDX-License-Identifier: Apache-2.0
// Fuzzes the readers of URLs, dates and addresses that AWS services, their answers and a program's
// settings contain. What a message shows of a URL has no user part, no query and no control
// characters.
#include <dsql/error.hpp>

#include "aws/http/clock_skew.hpp"
#include "aws/http/url.hpp"
#include "aws/providers/metadata/container_endpoint_policy.hpp"
#include "aws/providers/rest_json_call.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"
#include "require.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace dsql::aws;

void read_url(const std::string& text) {
    const request_target target = target_of(text);
    require(target.path.size() + target.query.size() <= text.size());
    const std::string shown = shown_url(text);
    require(shown.find('@') == std::string::npos);
    // A question mark is no query if it replaces a control character.
    const bool is_plain = dsql::detail::harmless(text, '!') == text;
    require(!is_plain || shown.find('?') == std::string::npos);
    require_harmless(shown, text.size() + 100);
    if (const auto parts = parse_url(text)) {
        require(!parts->scheme.empty());
        if (const auto again = parse_url(parts->origin() + "/"); again) {
            require(again->origin() == parts->origin());
        }
    }
}

void read_answer(const std::string& text) {
    http_response answer;
    answer.headers.push_back({"Date", text});
    answer.headers.push_back({"x-amzn-ErrorType", text});
    answer.body = text;
    static_cast<void>(clock_skew(answer, {}));
    static_cast<void>(read_service_error(answer));
    service_request request;
    request.service = "the service";
    request.http.url = "https://service/";
    const std::string described = describe_error(request, answer, {"hunter2"});
    require(described.find("hunter2") == std::string::npos);
    require_harmless(described);
}

void read_time(const std::string& text) {
    if (const auto time = dsql::detail::parse_utc_time(text)) {
        const std::string printed = dsql::detail::format_utc_time(*time);
        require(dsql::detail::parse_utc_time(printed) ==
                std::chrono::floor<std::chrono::seconds>(*time));
    }
}

void check_address(const std::string& text) {
    static_cast<void>(is_allowed_address(text));
    try {
        for (const std::string& address : checked_addresses(
                 text, [&](const std::string&) { return std::vector<std::string>{text}; })) {
            require(is_allowed_address(address));
        }
    } catch (const dsql::credentials_error& refusal) {
        require_harmless(refusal.what());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    read_url(text);
    read_answer(text);
    read_time(text);
    check_address(text);
    return 0;
}
