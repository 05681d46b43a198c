// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/request_filter.hpp"
#include "protocol/response_filter.hpp"
#include "protocol/session_state.hpp"
#include "wire/relay_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dsql_local {

/// Filters the traffic between a client that is logged in and PostgreSQL, so that PostgreSQL
/// behaves like DSQL. Works on bytes, without sockets. To reject a statement, it gives PostgreSQL
/// another statement that fails, and translates the error to DSQL's. So the state of the
/// transaction is always PostgreSQL's real one. Not thread-safe.
///
/// What is prepared and bound is learned from PostgreSQL's responses. A client that pipelines sends
/// requests before it has the responses to earlier ones: where a decision depends on whether these
/// succeed, the filter keeps the request back until they are answered.
class protocol_filter {
public:
    using time_point = statement_policy::time_point;

    /// `message_size_limit` is in bytes; 0: no limit but PostgreSQL's.
    protocol_filter(std::shared_ptr<shared_state> shared, const time_limits& limits,
                    std::size_t message_size_limit = default_message_size_limit);

    /// Processes a chunk from the client. `to_server` gets the bytes to send to PostgreSQL.
    /// Precondition: is_waiting() is false.
    void filter_requests(std::string_view chunk, time_point now, wire::relay_buffer& to_server) {
        requests_.filter(chunk, now, to_server);
    }

    /// Whether the filter keeps a request back until more responses are here.
    bool is_waiting() const noexcept { return requests_.is_waiting(); }

    /// Continues with the request that is kept back, if that is possible now.
    /// Precondition: is_waiting() is true.
    void resume_requests(time_point now, wire::relay_buffer& to_server) {
        requests_.resume(now, to_server);
    }

    /// Processes a chunk from PostgreSQL. `to_client` gets the bytes to send to the client.
    void filter_responses(std::string_view chunk, time_point now, wire::relay_buffer& to_client) {
        responses_.filter(chunk, now, to_client);
    }

    /// Returns requests of the endpoint that these responses have caused. PostgreSQL must get them
    /// next: until it has answered them, the filter keeps the client's requests back.
    std::string take_own_requests() { return std::exchange(session_.to_server, {}); }

    /// The process of PostgreSQL that serves the session; 0 until PostgreSQL has told it.
    std::uint32_t backend_process() const noexcept { return responses_.backend_process(); }

    /// The open transaction; 0 if there is none.
    transaction_id open_transaction() const noexcept { return session_.repeater.transaction(); }
    /// Whether a response is pending.
    bool awaits_response() { return !session_.pending.empty(); }
    /// Whether the open transaction may hold locks of rows, and can give way once it is idle. A
    /// rollback would drop a portal that is not executed yet.
    bool holds_locks() const {
        return session_.repeater.can_give_way() && session_.portals.is_empty();
    }
    /// Lets another transaction pass: `to_server` gets the bytes that roll this one back. It is
    /// executed again before the client's next request. Does nothing unless it is this transaction
    /// that is open, and idle.
    void give_way(transaction_id which, std::string& to_server);

    /// Whether no response is pending and no request is incomplete, so that the next bytes begin
    /// one.
    bool is_idle();

    /// Whether a fault closes the connection, after the bytes appended so far are sent.
    bool is_cut() const noexcept { return session_.is_cut; }

    /// Set after a request that is too large. Nothing more is accepted from the client. PostgreSQL
    /// then closes its connection, and the client gets this error as the last message.
    const std::optional<wire::error_response>& closing_error() const noexcept {
        return requests_.closing_error();
    }

private:
    session_state session_;
    request_filter requests_;
    response_filter responses_;
};

}  // namespace dsql_local
