// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/request_tracker.hpp"
#include "protocol/shared_state.hpp"
#include "protocol/statement_policy.hpp"
#include "sql/sql_statement.hpp"
#include "wire/message_splitter.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace dsql_local {

/// Filters the traffic between a client that is logged in and PostgreSQL, so that PostgreSQL
/// behaves like DSQL. Works on bytes, without sockets. To reject a statement, it gives PostgreSQL
/// another statement that fails, and translates the error to DSQL's. So the state of the
/// transaction is always PostgreSQL's real one. Not thread-safe.
class protocol_filter {
public:
    using time_point = statement_policy::time_point;

    protocol_filter(std::shared_ptr<shared_state> shared, const time_limits& limits);

    /// Processes bytes from the client and appends the bytes to send to PostgreSQL.
    void filter_requests(std::string_view bytes, time_point now, std::string& to_server);

    /// Processes bytes from PostgreSQL and appends the bytes to send to the client.
    void filter_responses(std::string_view bytes, time_point now, std::string& to_client);

    /// Whether no response is pending and no request is incomplete, so that the next bytes begin
    /// one.
    bool is_idle() const noexcept { return pending_.empty() && requests_.is_between_messages(); }

    /// Whether a fault closes the connection, after the bytes appended so far are sent.
    bool is_cut() const noexcept { return is_cut_; }

private:
    void on_request(const stream_piece& message, time_point now, std::string& out);
    void on_query(const stream_piece& message, time_point now, std::string& out);
    void on_parse(const stream_piece& message, std::string& out);
    void on_bind(const stream_piece& message, time_point now, std::string& out);
    void on_close(const stream_piece& message, std::string& out);

    std::string rewrite_query(std::string_view sql, time_point now);
    void track(const sql_statement& statement, const decision& decided);
    std::string force_error(const error_response& error);
    void bind_failing_commit(const stream_piece& message, const error_response& error,
                             std::string& out);

    void on_response(const stream_piece& message, time_point now, std::string& out);
    void on_command_complete(const stream_piece& message, std::string& out);
    void on_error(const stream_piece& message, std::string& out);
    void on_ready_for_query(const stream_piece& message, time_point now, std::string& out);
    std::string_view rewrite_tag(std::string_view tag);
    bool takes_dpu_estimate(std::string_view tag);
    void track_ddl(std::string_view tag);
    const error_response* find_forced_error(std::string_view body);
    bool is_injected_response(char type);
    bool is_suppressed();

    message_splitter requests_;
    message_splitter responses_;
    std::shared_ptr<shared_state> shared_;
    statement_policy policy_;
    request_tracker pending_;
    std::map<std::string, sql_statement, std::less<>> prepared_;
    std::uint64_t forced_error_count_ = 0;
    bool ddl_is_pending_ = false;    // in the open transaction
    bool ddl_is_committed_ = false;  // in the oldest pending request
    bool is_cut_ = false;
};

}  // namespace dsql_local
