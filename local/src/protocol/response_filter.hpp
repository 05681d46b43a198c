// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/request_filter.hpp"
#include "protocol/session_state.hpp"
#include "wire/message_splitter.hpp"
#include "wire/relay_buffer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// Filters what PostgreSQL sends: learns from it what the requests have done, changes what DSQL
/// would say otherwise, and hides the responses to requests of the endpoint. Not thread-safe.
class response_filter {
public:
    using time_point = statement_policy::time_point;

    /// Both must outlive it.
    response_filter(session_state& session, const request_filter& requests);

    /// Processes a chunk from PostgreSQL. `to_client` gets the bytes to send to the client.
    void filter(std::string_view chunk, time_point now, wire::relay_buffer& to_client);

    /// The process of PostgreSQL that serves the session; 0 until PostgreSQL has told it.
    std::uint32_t backend_process() const noexcept { return backend_process_; }

private:
    bool shows_response();
    void pass_rows(std::string_view bytes, wire::relay_buffer& out);
    void release_rows(wire::relay_buffer& out);
    bool keeps_error(const wire::stream_piece& message, expected_response* response);
    void on_message(const wire::stream_piece& message, time_point now, wire::relay_buffer& out);
    void on_parameter_status(const wire::stream_piece& message, wire::relay_buffer& out) const;
    void on_command_complete(const wire::stream_piece& message, wire::relay_buffer& out);
    void on_error(const wire::stream_piece& message, wire::relay_buffer& out);
    void on_ready_for_query(const wire::stream_piece& message, time_point now,
                            wire::relay_buffer& out);

    void complete(char type);
    // `tag` is what the client gets instead of `original_tag`.
    void show_completion(const wire::stream_piece& message, std::string_view original_tag,
                         std::string_view tag, expected_response& response,
                         wire::relay_buffer& out);
    void track_tag(std::string_view tag, expected_response& response);
    void track_ddl(char status);
    std::string translate(std::string_view body, const expected_response* response) const;
    bool is_conflict_by_timeout(std::string_view body) const;

    session_state& session_;
    const request_filter& requests_;
    wire::message_splitter messages_;
    std::uint64_t seen_cancellations_;
    std::uint32_t backend_process_ = 0;
    std::string held_rows_;    // of a statement that may be executed a second time
    bool hides_rest_ = false;  // the rest of the last response is hidden, too
    bool hides_until_ready_ = false;
    bool cuts_when_ready_ = false;
    bool ddl_is_pending_ = false;    // in the open transaction
    bool ddl_is_committed_ = false;  // in the oldest pending request
    std::optional<foreign_schema_changes::own_change> schema_change_{};  // of the transaction
};

}  // namespace dsql_local
