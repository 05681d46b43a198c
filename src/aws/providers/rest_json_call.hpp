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

namespace dsql::aws {

/// A request to one of the services that respond with JSON.
struct service_request {
    /// The name of the service for messages, for example "the SSO portal".
    std::string service{};
    http_request http{};
    /// Called before each attempt except the first, to renew the parts of the request that may be
    /// sent only once. May be empty.
    std::function<void(http_request&)> renew{};
};

/// Sends a request, up to `settings.max_attempts` times. Returns the last response, whatever its
/// status. Throws `credentials_error`, which names the service and the host, when there is no
/// response.
[[nodiscard]] http_response call_service(service_request& request, const client_settings& settings,
                                         const fetch_context& context);

/// The error that a service of the REST-JSON protocol reports.
struct service_error {
    /// The type, from a header or the body, for example "UnauthorizedException".
    std::string type{};
    /// The OAuth error, for example "invalid_grant" or "TOKEN_EXPIRED" (RFC 6749, section 5.2).
    std::string error{};
    /// The message that the service wrote.
    std::string message{};
};

/// Reads the error from a response. A member is empty when the response does not contain it.
/// Source: Smithy 2.0, "AWS restJson1 protocol", "Operation error serialization".
[[nodiscard]] service_error read_service_error(const http_response& response);

/// Returns a description of an error for a message, for example: the SSO portal at https://host
/// answered 403 "ForbiddenException: No access". The quoted part is cut to 200 bytes. Any text of
/// the service that contains one of `secrets` is left out.
[[nodiscard]] std::string describe_error(const service_request& request,
                                         const http_response& response,
                                         std::initializer_list<std::string_view> secrets);

/// Returns "expiresIn" of an OAuth response (RFC 6749, section 5.1): a whole number of seconds,
/// more than 0 and at most ten years. Returns nothing for any other value.
[[nodiscard]] std::optional<std::chrono::seconds> read_lifetime(const secret_json& response);

/// The names of the members in which a service's JSON describes an error.
struct message_members {
    std::string_view code;
    std::string_view message;
};

/// Returns `, code "...", message "..."` with the code and the message that a service gives for an
/// error, to be appended to a message; empty when it gives neither. Both are cut to 256 bytes, and
/// `secret`, if it is not empty, is replaced by "<redacted>". Nothing else of `body` is shown.
[[nodiscard]] std::string error_summary(std::string_view body, const message_members& members,
                                        std::string_view secret = {});

}  // namespace dsql::aws
