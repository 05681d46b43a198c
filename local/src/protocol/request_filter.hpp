// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/session_state.hpp"
#include "wire/message_splitter.hpp"
#include "wire/relay_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The largest message that DSQL accepts, by its length field.
constexpr std::uint32_t default_message_size_limit = 10 * 1024 * 1024;

/// Filters what a client sends: asks the policy about each statement, and rejects, replaces or
/// forwards it. Notes in session_state what must be done when the response comes. Not thread-safe.
class request_filter {
public:
    using time_point = statement_policy::time_point;

    /// `session` must outlive it. `message_size_limit` is in bytes; 0: no limit but PostgreSQL's.
    request_filter(session_state& session, std::size_t message_size_limit);

    /// Processes a chunk from the client. `to_server` gets the bytes to send to PostgreSQL.
    /// Precondition: is_waiting() is false.
    void filter(std::string_view chunk, time_point now, wire::relay_buffer& to_server);

    /// Whether a request is kept back until more responses are here.
    bool is_waiting() const noexcept { return kept_.has_value(); }

    /// Continues with the request that is kept back, if that is possible now.
    /// Precondition: is_waiting() is true.
    void resume(time_point now, wire::relay_buffer& to_server);

    /// Whether no request is incomplete or kept back.
    bool is_idle() const noexcept { return messages_.is_between_messages() && !is_waiting(); }

    /// Set after a request that is too large. Nothing more is accepted from the client.
    const std::optional<wire::error_response>& closing_error() const noexcept {
        return closing_error_;
    }

private:
    // A request that is kept back, and what follows it in its chunk.
    struct kept_requests {
        wire::stream_piece piece;
        std::string bytes;
        std::string rest;
    };

    request_filter(session_state& session, const wire::message_splitter::limits& sizes);

    // Each on_...() processes a piece or a message. It returns false if that must be kept back.
    void process_chunk(std::string_view chunk, time_point now, wire::relay_buffer& out);
    void process(const wire::stream_piece& piece, time_point now, wire::relay_buffer& out);
    [[nodiscard]] bool on_piece(const wire::stream_piece& piece, time_point now,
                                wire::relay_buffer& out);
    [[nodiscard]] bool on_message(const wire::stream_piece& message, time_point now,
                                  wire::relay_buffer& out);
    [[nodiscard]] bool on_query(const wire::stream_piece& message, time_point now,
                                wire::relay_buffer& out);
    [[nodiscard]] bool on_bind(const wire::stream_piece& message, wire::relay_buffer& out);
    [[nodiscard]] bool on_execute(const wire::stream_piece& message, time_point now,
                                  wire::relay_buffer& out);
    void on_too_large(const wire::stream_piece& message, wire::relay_buffer& out);
    void on_parse(const wire::stream_piece& message, wire::relay_buffer& out);
    void on_close(const wire::stream_piece& message, wire::relay_buffer& out);

    bool can_decide(bool is_decisive) const;
    bool is_certain(const statement_names::record& name) const;
    const statement_names::record* find_executed(const prepared_statement& prepared);
    bool knows_executed(const prepared_statement& prepared);
    decision decide(const prepared_statement& prepared, time_point now);
    decision decide(const sql_statement& statement, time_point now);
    std::string rewrite_query(std::string_view sql,
                              const std::vector<prepared_statement>& statements, time_point now,
                              expected_response& response);
    std::string rewrite_statement(std::string_view sql, const sql_statement& statement,
                                  const decision& decided, expected_response& response);
    void note_changes(const prepared_statement& prepared, const decision& decided,
                      expected_response& response);
    void note_effects(const prepared_statement& prepared, expected_response& response);
    std::string force_error(const wire::error_response& error, expected_response& response);
    void inject_failing_commit(std::uint64_t number, wire::relay_buffer& out);

    session_state& session_;
    wire::message_splitter::limits sizes_;
    wire::message_splitter messages_;
    std::optional<kept_requests> kept_;
    std::string resumed_;  // what `to_server` of resume() may refer to
    std::optional<wire::error_response> closing_error_;
    std::uint64_t forced_error_count_ = 0;
    bool drops_rest_ = false;  // the rest of the last request is dropped, too
};

}  // namespace dsql_local
