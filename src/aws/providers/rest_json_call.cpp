// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/rest_json_call.hpp"

#include "aws/http/retry.hpp"
#include "aws/http/url.hpp"
#include "base/secret_fingerprint.hpp"
#include "base/text.hpp"

namespace dsql::aws {

namespace {

// Returns the bare name of an error's type: the part between '#' and ':' of
// "com.amazonaws.sso#UnauthorizedException:http://...".
std::string bare_type(std::string_view name) {
    name = name.substr(0, name.find(':'));
    const std::size_t hash = name.find('#');
    return std::string(detail::trim(hash == std::string_view::npos ? name : name.substr(hash + 1)));
}

std::string first_text(const secret_json& object, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (const std::string_view text = text_member(object, name); !text.empty()) {
            return std::string(text);
        }
    }
    return {};
}

std::string shown_member(const secret_json& object, std::string_view name,
                         std::string_view secret) {
    constexpr std::size_t longest = 256;
    const std::string text =
        detail::without_secrets(text_member(object, name), {secret}, "<redacted>");
    return text.empty() ? std::string() : detail::in_quotes(text, longest);
}

}  // namespace

http_response call_service(service_request& request, const client_settings& settings,
                           const fetch_context& context) {
    request.http.ca_bundle = settings.ca_bundle;
    retry_rules rules{.max_attempts = settings.max_attempts, .pause = context.pause};
    if (request.renew) {
        rules.before_retry = [&request] {
            request.renew(request.http);
        };
    }
    try {
        return send_with_retries(request.http, rules, context.stop);
    } catch (const http_failure& failure) {
        throw credentials_error("no answer from " + request.service + ": " + failure.what());
    }
}

service_error read_service_error(const http_response& response) {
    const secret_json body = parse_json_object(response.body);
    service_error found;
    found.type = bare_type(response.header("x-amzn-errortype"));
    if (found.type.empty()) {
        found.type = bare_type(first_text(body, {"__type", "code"}));
    }
    found.error = text_member(body, "error");
    found.message = first_text(body, {"message", "error_description", "errorMessage"});
    return found;
}

std::string describe_error(const service_request& request, const http_response& response,
                           std::initializer_list<std::string_view> secrets) {
    std::string text = request.service + " at " + shown_url(request.http.url) + " answered " +
                       std::to_string(response.status);
    const service_error found = read_service_error(response);
    std::string details;
    for (const std::string* part : {&found.type, &found.error, &found.message}) {
        if (detail::without_secrets(*part, secrets, "") == *part && !part->empty()) {
            details += (details.empty() ? "" : ": ") + *part;
        }
    }
    return details.empty() ? text : text + " " + detail::in_quotes(details, 200);
}

std::optional<std::chrono::seconds> read_lifetime(const secret_json& response) {
    constexpr std::chrono::seconds longest = std::chrono::years(10);
    const secret_json* const member = find_member(response, "expiresIn");
    if (member == nullptr || !member->is_number_integer()) {
        return std::nullopt;
    }
    const auto count = member->get<std::int64_t>();  // negative when out of range
    if (count <= 0 || count > longest.count()) {
        return std::nullopt;
    }
    return std::chrono::seconds(count);
}

std::string error_summary(std::string_view body, const message_members& members,
                          std::string_view secret) {
    const secret_json object = parse_json_object(body);
    const std::string code = shown_member(object, members.code, secret);
    const std::string message = shown_member(object, members.message, secret);
    return (code.empty() ? "" : ", code " + code) + (message.empty() ? "" : ", message " + message);
}

}  // namespace dsql::aws
