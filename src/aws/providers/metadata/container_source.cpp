// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/metadata/container_source.hpp"

#include "aws/http/http_client.hpp"
#include "aws/http/retry.hpp"
#include "aws/http/url.hpp"
#include "aws/json.hpp"
#include "aws/providers/credentials_document.hpp"
#include "aws/providers/rest_json_call.hpp"
#include "base/environment.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <optional>
#include <utility>

namespace dsql::aws {

namespace {

constexpr const char* relative_variable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* full_variable = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* token_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr const char* token_file_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr std::size_t max_container_response_size = 65'536;

// The endpoint to request. Messages must not show the path of the URL: on ECS, everybody who knows
// it can get the credentials.
struct container_target {
    std::string url{};
    std::vector<std::string> addresses{};
    std::string place{};  ///< the variable and the origin of the URL, for messages
};

[[noreturn]] void fail(const std::string& place, const std::string& why) {
    throw credentials_error(place + ": " + why);
}

bool has_line_break(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

container_target relative_target(const std::string& path, const container_options& options) {
    if (!path.starts_with('/')) {
        fail(relative_variable, "it must start with a slash");
    }
    const std::string url = options.relative_base + path;
    if (has_line_break(path) || !parse_url(url)) {
        fail(relative_variable, "it is not the path of a URL, such as /v2/credentials/ID");
    }
    return {.url = url,
            .addresses = {},
            .place = std::string(relative_variable) + " (" + options.relative_base + ")"};
}

container_target full_target(const std::string& url, const container_options& options,
                             const fetch_context& context) {
    const std::optional<url_parts> parts = parse_url(url);
    if (!parts || (parts->scheme != "http" && parts->scheme != "https")) {
        fail(full_variable, "it is not a URL of the form http://host/path or https://host/path");
    }
    container_target target{
        .url = url,
        .addresses = {},
        .place = std::string(full_variable) + " (" + detail::harmless(parts->origin(), '?') + ")"};
    if (parts->scheme == "http") {
        try {
            target.addresses = checked_addresses(parts->host, [&](const std::string& host) {
                return options.resolve(host, context.stop);
            });
        } catch (const credentials_error& rejected) {
            fail(full_variable, rejected.what());
        }
    }
    return target;
}

container_target find_target(const container_options& options, const fetch_context& context) {
    if (const std::string path = detail::non_blank_variable(relative_variable); !path.empty()) {
        return relative_target(path, options);
    }
    const std::string url = detail::non_blank_variable(full_variable);
    if (url.empty()) {
        throw credentials_error(std::string(relative_variable) + " and " + full_variable +
                                " are not set");
    }
    return full_target(url, options, context);
}

// Reads the authorization token. The file is read each time, because EKS replaces the token every
// few hours.
secret_string authorization_token(const fetch_context& context) {
    std::string place = token_variable;
    secret_string token = detail::secret_variable(token_variable);
    if (const std::string path = detail::non_blank_variable(token_file_variable); !path.empty()) {
        place = token_file_variable;
        try {
            token = detail::read_secret_file(path, max_container_response_size, context.stop);
        } catch (const credentials_error& unreadable) {
            fail(place, unreadable.what());
        }
        place += " (" + detail::in_quotes(path) + ")";
        if (detail::trim(token).empty()) {
            fail(place, "the file is empty; it must hold the authorization token");
        }
    }
    if (has_line_break(token)) {
        fail(place, "the token has a line break in it; it must be one line without an end");
    }
    return token;
}

http_request request_for(const container_target& target, const container_options& options,
                         const fetch_context& context) {
    http_request request{.url = target.url, .headers = {{"Accept", "application/json"}}};
    request.connect_timeout = options.connect_timeout;
    request.timeout = options.timeout;
    request.max_response_size = max_container_response_size;
    request.use_proxy = false;
    request.ca_bundle = options.ca_bundle;
    request.addresses = target.addresses;
    if (secret_string token = authorization_token(context); !token.empty()) {
        request.headers.push_back({"Authorization", std::move(token)});
    }
    return request;
}

// Advises another attempt also after status 200 when the body is incomplete or not yet valid.
retry_advice advice(const http_response& response) {
    if (response.status != 200) {
        return advice_by_status(response);
    }
    try {
        static_cast<void>(parse_credentials_document(response.body, {}));
        return retry_advice::done;
    } catch (const credentials_error&) {
        return retry_advice::again;
    }
}

credentials read_response(const http_request& request, const http_response& response,
                          const std::string& place) {
    if (response.status != 200) {
        const bool has_token = request.headers.back().name == "Authorization";
        fail(place, "answered with status " + std::to_string(response.status) +
                        error_summary(response.body, {"code", "message"},
                                      has_token ? request.headers.back().value : secret_string()));
    }
    try {
        return parse_credentials_document(response.body, {});
    } catch (const credentials_error& malformed) {
        fail(place, std::string("the answer cannot be used: ") + malformed.what());
    }
}

}  // namespace

bool container_is_configured() {
    return !detail::non_blank_variable(relative_variable).empty() ||
           !detail::non_blank_variable(full_variable).empty();
}

container_source::container_source(container_options options) : options_(std::move(options)) {}

fetched_credentials container_source::fetch(const fetch_context& context) {
    const container_target target = find_target(options_, context);
    const http_request request = request_for(target, options_, context);
    try {
        const http_response response =
            send_with_retries(request, {.pause = context.pause, .advice = &advice}, context.stop);
        return {.keys = read_response(request, response, target.place),
                .kept = reuse::until_expiration,
                .expired_use = after_expiration::kept_and_taken};
    } catch (const http_failure& failure) {
        fail(target.place, failure.what());
    }
}

}  // namespace dsql::aws
