// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "errors/text_marker.hpp"

#include <array>
#include <string_view>

namespace dsql {

namespace {

using refusal_marker = detail::text_marker<connection_refusal>;

// Parts of DSQL's messages that say why. libpq keeps no SQLSTATE of a failed connect.
constexpr std::array<refusal_marker, 9> in_message{{
    {"access denied", connection_refusal::access_denied},
    {"IAM authentication failed", connection_refusal::access_denied},
    {"sni was not received", connection_refusal::server_name_missing},
    {"waking up", connection_refusal::waking_up},
    {"too many open connections", connection_refusal::too_many_connections},
    {"rate exceeded", connection_refusal::rate_exceeded},
    {"server unavailable", connection_refusal::server_unavailable},
    {"setting configuration parameter", connection_refusal::parameter_not_supported},
    {"unrecognized configuration parameter", connection_refusal::parameter_not_supported},
}};

// Parts of the HINT of "access denied".
constexpr std::array<refusal_marker, 3> in_hint{{
    {"Signature expired", connection_refusal::token_expired},
    {"Wrong user to action mapping", connection_refusal::wrong_action},
    {"not authorized to", connection_refusal::not_authorized},
}};

}  // namespace

connection_refusal connection_error::refusal() const noexcept {
    if (server_message_.empty()) {
        return connection_refusal::none;
    }
    const connection_refusal why =
        detail::meaning_of(server_message_, in_message, connection_refusal::other);
    return why == connection_refusal::access_denied ? detail::meaning_of(hint_, in_hint, why) : why;
}

}  // namespace dsql
