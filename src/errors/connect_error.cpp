// SPDX-License-Identifier: Apache-2.0
#include "errors/connect_error.hpp"

#include <dsql/error.hpp>

#include "errors/message_pattern.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>
#include <system_error>

namespace dsql {

namespace {

using refusal_marker = detail::message_pattern<rejection_reason>;

// Parts of DSQL's messages that say why. libpq keeps no SQLSTATE of a failed connect.
constexpr std::array<refusal_marker, 9> in_message{{
    {"access denied", rejection_reason::access_denied},
    {"IAM authentication failed", rejection_reason::access_denied},
    {"sni was not received", rejection_reason::server_name_missing},
    {"waking up", rejection_reason::waking_up},
    {"too many open connections", rejection_reason::too_many_connections},
    {"rate exceeded", rejection_reason::rate_exceeded},
    {"server unavailable", rejection_reason::server_unavailable},
    {"setting configuration parameter", rejection_reason::parameter_not_supported},
    {"unrecognized configuration parameter", rejection_reason::parameter_not_supported},
}};

// Parts of the HINT of "access denied".
constexpr std::array<refusal_marker, 3> in_hint{{
    {"Signature expired", rejection_reason::token_expired},
    {"Wrong user to action mapping", rejection_reason::wrong_action},
    {"not authorized to", rejection_reason::not_authorized},
}};

}  // namespace

rejection_reason connection_error::rejection() const noexcept {
    if (server_message_.empty()) {
        return rejection_reason::none;
    }
    const rejection_reason why =
        detail::classify_message(server_message_, in_message, rejection_reason::other);
    return why == rejection_reason::access_denied ? detail::classify_message(hint_, in_hint, why)
                                                  : why;
}

}  // namespace dsql

namespace dsql::detail {

namespace {

template <std::size_t N>
bool contains_any(std::string_view text, const std::array<std::string_view, N>& parts) {
    return std::any_of(parts.begin(), parts.end(), [text](std::string_view part) {
        return text.find(part) != std::string_view::npos;
    });
}

// PostgreSQL's 57P03: libpq keeps no SQLSTATE of a failed connect.
bool cannot_connect_now(std::string_view server_message) {
    static constexpr std::array<std::string_view, 3> passing{"starting up", "shutting down",
                                                             "in recovery mode"};
    return contains_any(server_message, passing);
}

// What a server says that will soon say something else.
bool is_passing_refusal(const connection_error& failure) {
    const rejection_reason why = failure.rejection();
    return why == rejection_reason::rate_exceeded || why == rejection_reason::waking_up ||
           why == rejection_reason::server_unavailable ||
           cannot_connect_now(failure.server_message());
}

// A handshake that was cut off, or not begun for want of a descriptor, as opposed to one that came
// to a verdict.
bool is_cut_handshake(std::string_view text) {
    static constexpr std::array<std::string_view, 5> cut{"SYSCALL", "closed the connection",
                                                         "Connection reset", "unexpected eof",
                                                         "no file descriptor is left"};
    return contains_any(text, cut);
}

bool is_passing_lookup(std::string_view text) {
    // gai_strerror's words for EAI_AGAIN and EAI_MEMORY, and what runs out on our side.
    static constexpr std::array<std::string_view, 4> passing{
        "Temporary failure", "Memory allocation failure", "out of memory", "no thread"};
    return contains_any(text, passing);
}

bool is_transient(const connection_error& failure) {
    if (!failure.server_message().empty()) {
        return is_passing_refusal(failure);
    }
    switch (failure.phase()) {
        case connection_phase::resolve:
            return is_passing_lookup(failure.what());
        case connection_phase::tls:
            return is_cut_handshake(failure.what());
        case connection_phase::tcp:
        case connection_phase::auth:
        case connection_phase::startup:
        case connection_phase::established:
            return true;
    }
    return false;
}

// Of threads, memory or descriptors; what else the system refuses stays as it is.
bool is_shortage(const std::exception& failure) {
    const auto* const refused = dynamic_cast<const std::system_error*>(&failure);
    return refused != nullptr && (refused->code() == std::errc::resource_unavailable_try_again ||
                                  refused->code() == std::errc::not_enough_memory ||
                                  refused->code() == std::errc::too_many_files_open ||
                                  refused->code() == std::errc::too_many_files_open_in_system);
}

}  // namespace

bool is_transient_connect_failure(const std::exception& failure) {
    if (const auto* const connecting = dynamic_cast<const connection_error*>(&failure)) {
        return is_transient(*connecting);
    }
    // What the process has run out of, memory, threads or descriptors, comes back like a network.
    return dynamic_cast<const timeout_error*>(&failure) != nullptr ||
           dynamic_cast<const std::bad_alloc*>(&failure) != nullptr || is_shortage(failure);
}

bool is_rate_exceeded(const connection_error& refusal) {
    return refusal.rejection() == rejection_reason::rate_exceeded;
}

bool is_expired_token(const connection_error& refusal) {
    return refusal.rejection() == rejection_reason::token_expired;
}

}  // namespace dsql::detail
