// SPDX-License-Identifier: Apache-2.0
#include "errors/classify_connect_error.hpp"

#include <dsql/error.hpp>

#include "errors/message_pattern.hpp"
#include "errors/thread_shortage.hpp"

#include <netdb.h>

#include <array>
#include <new>
#include <string_view>
#include <system_error>

namespace dsql {

namespace {

using refusal_marker = detail::message_pattern<rejection_reason>;

// Parts of DSQL's messages that tell the reason. DSQL's messages are always in English. The
// SQLSTATE is not enough, because it is 08006 for most reasons.
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

// Returns the reason if the SQLSTATE tells it. Source: Aurora DSQL User Guide, "Cluster quotas".
rejection_reason meaning_of_state(std::string_view sqlstate) noexcept {
    if (sqlstate == "53300") {
        return rejection_reason::too_many_connections;
    }
    return sqlstate == "53400" ? rejection_reason::rate_exceeded : rejection_reason::other;
}

// Whether the server may accept a connection soon.
bool is_passing_refusal(const connection_error& failure) noexcept {
    const rejection_reason why = failure.rejection();
    return why == rejection_reason::rate_exceeded || why == rejection_reason::waking_up ||
           why == rejection_reason::server_unavailable ||
           failure.sqlstate() == "57P03";  // cannot_connect_now: starting up or shutting down
}

// Whether there are no threads, memory or descriptors left.
bool is_shortage_code(const std::error_code& code) noexcept {
    return code == std::errc::resource_unavailable_try_again ||
           code == std::errc::not_enough_memory || code == std::errc::too_many_files_open ||
           code == std::errc::too_many_files_open_in_system;
}

// An error of the network on the way to the name server.
bool is_network_code(const std::error_code& code) noexcept {
    return code == std::errc::connection_reset || code == std::errc::connection_refused ||
           code == std::errc::connection_aborted || code == std::errc::broken_pipe ||
           code == std::errc::timed_out || code == std::errc::interrupted ||
           code == std::errc::network_unreachable || code == std::errc::network_down ||
           code == std::errc::host_unreachable;
}

bool is_passing_lookup(const std::error_code& code) noexcept {
    if (code.category() == address_lookup_category()) {
        return code.value() == EAI_AGAIN || code.value() == EAI_MEMORY;
    }
    return is_shortage_code(code) || is_network_code(code);
}

bool is_shortage(const std::exception& failure) {
    const auto* const refused = dynamic_cast<const std::system_error*>(&failure);
    return refused != nullptr && is_shortage_code(refused->code());
}

}  // namespace

rejection_reason connection_error::rejection() const noexcept {
    if (server_message().empty()) {
        return rejection_reason::none;
    }
    const rejection_reason why =
        detail::classify_message(server_message(), in_message, meaning_of_state(sqlstate()));
    return why == rejection_reason::access_denied ? detail::classify_message(hint(), in_hint, why)
                                                  : why;
}

bool connection_error::is_transient() const noexcept {
    if (distrust() != distrust_reason::none) {
        return false;
    }
    if (!server_message().empty()) {
        return is_passing_refusal(*this);
    }
    switch (phase_) {
        case connection_phase::resolve:
            return is_passing_lookup(code());
        case connection_phase::tls:
            // Without a code, the handshake was rejected.
            return static_cast<bool>(code());
        case connection_phase::tcp:
        case connection_phase::auth:
        case connection_phase::startup:
        case connection_phase::established:
            return true;
    }
    return false;
}

bool detail::is_transient_connect_failure(const std::exception& failure) {
    if (const auto* const connecting = dynamic_cast<const connection_error*>(&failure)) {
        return connecting->is_transient();
    }
    // A lack of memory, threads or descriptors may pass, as an error of the network may.
    return dynamic_cast<const timeout_error*>(&failure) != nullptr ||
           dynamic_cast<const std::bad_alloc*>(&failure) != nullptr ||
           dynamic_cast<const thread_shortage*>(&failure) != nullptr || is_shortage(failure);
}

bool detail::is_quota_refusal(const connection_error& refusal) {
    const rejection_reason why = refusal.rejection();
    return why == rejection_reason::rate_exceeded || why == rejection_reason::too_many_connections;
}

bool detail::is_endpoint_down(const connection_error& failure) {
    if (!failure.server_message().empty()) {
        return failure.rejection() == rejection_reason::server_unavailable ||
               failure.sqlstate() == "57P03";  // cannot_connect_now
    }
    if (failure.distrust() != distrust_reason::none || is_shortage_code(failure.code())) {
        return false;
    }
    return failure.phase() == connection_phase::resolve || failure.is_transient();
}

bool detail::is_retried_by_pool(const std::exception& failure) {
    const auto* const connecting = dynamic_cast<const connection_error*>(&failure);
    return is_transient_connect_failure(failure) ||
           (connecting != nullptr && is_quota_refusal(*connecting));
}

bool detail::is_expired_token(const connection_error& refusal) {
    return refusal.rejection() == rejection_reason::token_expired;
}

}  // namespace dsql
