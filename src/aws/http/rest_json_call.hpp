// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/client_settings.hpp"
#include "aws/http/http_client.hpp"
#include "aws/json.hpp"
#include "aws/providers/source.hpp"

#include <chrono>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace dsql::detail {

/// A request to one of the services that answer in JSON.
struct service_request {
    /// For messages, for example "the SSO portal".
    std::string service{};
    http_request http{};
    /// Called before each attempt but the first, to renew what may be sent only once.
    std::function<void(http_request&)> renew{};
};

/// Sends a request, up to `settings.max_attempts` times. Returns the last answer, whatever its
/// status. Throws `credentials_error`, naming service and host, when there is none.
[[nodiscard]] http_response call_service(service_request& request, const client_settings& settings,
                                         const fetch_context& context);

/// How a service of the REST-JSON protocol says no.
struct service_error {
    std::string type{};     ///< "UnauthorizedException", from a header or the body
    std::string error{};    ///< "invalid_grant", "TOKEN_EXPIRED" (RFC 6749, section 5.2)
    std::string message{};  ///< its own words
};

/// Reads what an answer tells about an error; its members are empty where it tells nothing.
/// Source: Smithy 2.0, "AWS restJson1 protocol", "Operation error serialization".
[[nodiscard]] service_error read_service_error(const http_response& response);

/// "the SSO portal at https://host answered 403 "ForbiddenException: No access"", cut to what fits
/// a message. The service's words are left out when they repeat one of `secrets`.
[[nodiscard]] std::string describe_refusal(const service_request& request,
                                           const http_response& response,
                                           std::initializer_list<std::string_view> secrets);

/// "expiresIn" of an OAuth answer: whole seconds, more than none and at most ten years (RFC 6749,
/// section 5.1). None for anything else.
[[nodiscard]] std::optional<std::chrono::seconds> read_lifetime(const secret_json& answer);

/// The members in which a service's JSON tells what went wrong.
struct message_members {
    std::string_view code;
    std::string_view message;
};

/// `, code "...", message "..."`: what a service says about its refusal, for a message of ours; ""
/// when it says nothing. Both are cut to 256 bytes, and where `secret` stands in them, if it is not
/// empty, "<redacted>" does instead. Nothing else of `body` is shown.
[[nodiscard]] std::string service_message(std::string_view body, const message_members& members,
                                          std::string_view secret = {});

}  // namespace dsql::detail
