// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/response_queue.hpp"
#include "protocol/shared_state.hpp"
#include "protocol/statement_names.hpp"
#include "protocol/statement_policy.hpp"
#include "wire/message_splitter.hpp"
#include "wire/relay_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The largest message that DSQL accepts, by its length field.
constexpr std::size_t default_message_size_limit = 10 * 1024 * 1024;

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
    void filter_requests(std::string_view chunk, time_point now, relay_buffer& to_server);

    /// Whether the filter keeps a request back until more responses are here.
    bool is_waiting() const noexcept { return kept_.has_value(); }

    /// Continues with the request that is kept back, if that is possible now.
    /// Precondition: is_waiting() is true.
    void resume_requests(time_point now, relay_buffer& to_server);

    /// Processes a chunk from PostgreSQL. `to_client` gets the bytes to send to the client.
    void filter_responses(std::string_view chunk, time_point now, relay_buffer& to_client);

    /// Whether no response is pending and no request is incomplete, so that the next bytes begin
    /// one.
    bool is_idle() {
        return pending_.empty() && !pending_.is_skipping() && !is_waiting() &&
               requests_.is_between_messages();
    }

    /// Whether a fault closes the connection, after the bytes appended so far are sent.
    bool is_cut() const noexcept { return is_cut_; }

    /// Set after a request that is too large. Nothing more is accepted from the client. PostgreSQL
    /// then closes its connection, and the client gets this error as the last message.
    const std::optional<error_response>& closing_error() const noexcept { return closing_error_; }

private:
    /// A request that is kept back, and what follows it in its chunk.
    struct kept_requests {
        stream_piece piece;
        std::string bytes;
        std::string rest;
    };

    protocol_filter(std::shared_ptr<shared_state> shared, const time_limits& limits,
                    const message_splitter::limits& sizes);

    void process_requests(std::string_view chunk, time_point now, relay_buffer& out);
    void process_request(const stream_piece& piece, time_point now, relay_buffer& out);
    [[nodiscard]] bool on_request(const stream_piece& message, time_point now, relay_buffer& out);
    void on_too_large(const stream_piece& message, relay_buffer& out);
    bool on_query(const stream_piece& message, time_point now, relay_buffer& out);
    void on_parse(const stream_piece& message, relay_buffer& out);
    bool on_bind(const stream_piece& message, relay_buffer& out);
    bool on_execute(const stream_piece& message, time_point now, relay_buffer& out);
    void on_close(const stream_piece& message, relay_buffer& out);

    std::string rewrite_query(std::string_view sql,
                              const std::vector<prepared_statement>& statements, time_point now,
                              expected_response& response);
    bool can_decide(bool is_decisive) const;
    bool is_certain(const statement_names::record& name) const;
    void track(const prepared_statement& prepared, const decision& decided,
               expected_response& response);
    std::string force_error(const error_response& error, expected_response& response);
    void inject_failing_commit(std::uint64_t number, relay_buffer& out);

    void on_response(const stream_piece& message, time_point now, relay_buffer& out);
    void on_command_complete(const stream_piece& message, relay_buffer& out);
    void on_error(const stream_piece& message, relay_buffer& out);
    void on_ready_for_query(const stream_piece& message, time_point now, relay_buffer& out);
    void complete(char type);
    std::string_view rewrite_tag(std::string_view tag, expected_response& response) const;
    void track_tag(std::string_view tag, expected_response& response);
    std::string translate(std::string_view body, const expected_response* response) const;
    bool is_conflict_by_timeout(std::string_view body) const;
    bool shows_response();

    message_splitter requests_;
    message_splitter responses_;
    std::shared_ptr<shared_state> shared_;
    statement_policy policy_;
    response_queue pending_;
    statement_names statements_;
    statement_names portals_;
    std::optional<kept_requests> kept_;
    std::string resumed_;  // what `to_server` of resume_requests() may refer to
    std::optional<error_response> closing_error_;
    std::uint64_t forced_error_count_ = 0;
    std::uint64_t seen_cancellations_ = 0;
    message_splitter::limits sizes_;
    /// After an error, until the policy knows the state of the transaction again.
    bool is_prediction_wrong_ = false;
    bool drops_request_ = false;   // the rest of the last request is dropped, too
    bool hides_response_ = false;  // the rest of the last response is hidden, too
    bool hides_until_ready_ = false;
    bool cuts_when_ready_ = false;
    bool ddl_is_pending_ = false;    // in the open transaction
    bool ddl_is_committed_ = false;  // in the oldest pending request
    bool is_cut_ = false;
};

}  // namespace dsql_local
