// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include <array>
#include <string_view>

namespace dsql {

namespace {

struct marker {
    std::string_view part;
    connection_refusal meaning;
};

// Parts of DSQL's messages that say why. libpq keeps no SQLSTATE of a failed connect.
constexpr std::array<marker, 9> in_message{{
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
constexpr std::array<marker, 3> in_hint{{
    {"Signature expired", connection_refusal::token_expired},
    {"Wrong user to action mapping", connection_refusal::wrong_action},
    {"not authorized to", connection_refusal::not_authorized},
}};

template <class Markers>
connection_refusal meaning_of(std::string_view text, const Markers& markers,
                              connection_refusal otherwise) {
    for (const marker& candidate : markers) {
        if (text.find(candidate.part) != std::string_view::npos) {
            return candidate.meaning;
        }
    }
    return otherwise;
}

}  // namespace

connection_refusal connection_error::refusal() const noexcept {
    if (server_message_.empty()) {
        return connection_refusal::none;
    }
    const connection_refusal why =
        meaning_of(server_message_, in_message, connection_refusal::other);
    return why == connection_refusal::access_denied ? meaning_of(hint_, in_hint, why) : why;
}

}  // namespace dsql
