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

/// What passes between a client that is logged in and PostgreSQL, with DSQL's behaviour put in:
/// bytes in, bytes out, without sockets. Nothing is refused by answers that are made up: PostgreSQL
/// is given something that fails, so that the state of the transaction is the real one, and its
/// error is then put into DSQL's words. For one thread at a time.
class protocol_filter {
public:
    using time_point = statement_policy::time_point;

    protocol_filter(std::shared_ptr<shared_state> shared, const time_limits& limits);

    /// Takes bytes from the client, and appends what PostgreSQL is to get of them.
    void take_requests(std::string_view bytes, time_point now, std::string& to_server);

    /// Takes bytes from PostgreSQL, and appends what the client is to get of them.
    void take_answers(std::string_view bytes, time_point now, std::string& to_client);

    /// The client is owed nothing, and has begun no request: its next bytes begin one.
    bool is_idle() const noexcept { return cycles_.empty() && requests_.is_between_messages(); }

    /// The connection is to be closed without a word, after what was appended before.
    bool is_cut() const noexcept { return is_cut_; }

private:
    void take_request(const stream_piece& message, time_point now, std::string& out);
    void take_query(const stream_piece& message, time_point now, std::string& out);
    void take_parse(const stream_piece& message, std::string& out);
    void take_bind(const stream_piece& message, time_point now, std::string& out);
    void take_close(const stream_piece& message, std::string& out);

    std::string rewrite_query(std::string_view sql, time_point now);
    void accept(const sql_statement& statement, const decision& decided);
    std::string refuse(const refusal& why);
    void bind_failing_commit(const stream_piece& message, const refusal& why, std::string& out);

    void take_answer(const stream_piece& message, time_point now, std::string& out);
    void take_completion(const stream_piece& message, std::string& out);
    void take_error(const stream_piece& message, std::string& out);
    void take_ready(const stream_piece& message, time_point now, std::string& out);
    std::string_view finish_tag(std::string_view tag);
    void follow_ddl(std::string_view tag);
    const refusal* find_refusal(std::string_view body);
    bool is_own_answer(char type);
    bool is_withheld();

    message_splitter requests_;
    message_splitter answers_;
    std::shared_ptr<shared_state> shared_;
    statement_policy gate_;
    request_cycles cycles_;
    std::map<std::string, sql_statement, std::less<>> prepared_;
    std::uint64_t refusal_count_ = 0;
    bool ddl_is_pending_ = false;    // in the transaction that is open
    bool ddl_is_committed_ = false;  // in this cycle
    bool is_cut_ = false;
};

}  // namespace dsql_local
