// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/message_heads.hpp"
#include "wire/messages.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace dsql_local {

/// The log of one session for people, a line for each thing that happens: the login or its refusal,
/// each statement with what came of it, and the end. It only looks at the bytes that the client
/// sends and gets, so it needs to know nothing of how the endpoint answers. It never shows tokens,
/// passwords, and the values of parameters. Does nothing if it is switched off. Not thread-safe,
/// but the lines of several sessions are never mixed.
class session_log {
public:
    using clock = std::chrono::steady_clock;
    using line_sink = std::function<void(std::string_view)>;

    /// `sink` gets each line without its end; if empty, the lines go to standard error.
    session_log(bool is_on, std::uint64_t number, line_sink sink = {});

    /// Logs something that has no place in the protocol.
    void event(std::string_view text) const;

    /// The client has shown a valid token.
    void set_user(std::string_view user);

    /// The endpoint refuses the login.
    void refused(const wire::error_response& error) const;

    /// Bytes that the client has sent, after the login.
    void received(std::string_view bytes, clock::time_point now = clock::now());

    /// Bytes that the client gets, after the login.
    void sent(std::string_view bytes, clock::time_point now = clock::now());

private:
    enum class kind { query, parse, bind, execute, sync };
    using statement_text = std::shared_ptr<const std::string>;

    // A message of the client that PostgreSQL has not answered yet.
    struct request {
        kind what = kind::query;
        statement_text text = {};  // null: unknown
        clock::time_point start = {};
        std::string tags = {};        // of the statements of a query that are complete
        bool has_parameters = false;  // then an error may repeat their values
        bool is_logged = false;
    };

    void on_request(char type, std::string_view body, clock::time_point now);
    void on_bind(std::string_view body, clock::time_point now);
    void on_response(char type, std::string_view body, clock::time_point now);
    void on_complete(std::string_view tag, clock::time_point now);
    void on_error(std::string_view body, clock::time_point now);
    void on_ready(clock::time_point now);
    void pop_if(kind what);
    void add(kind what, statement_text text, clock::time_point now, bool has_parameters = false);
    void log_outcome(request& done, const std::string& outcome, clock::time_point now);
    static std::string describe_error(std::string_view body, bool hides_values);

    bool is_on_;
    std::string name_;  // "session 3", and the user
    line_sink sink_;
    clock::time_point start_ = clock::now();
    bool is_logged_in_ = false;
    message_heads requests_;
    message_heads responses_;
    std::deque<request> pending_;
    std::map<std::string, statement_text, std::less<>> prepared_;
    struct portal {
        statement_text text = {};
        bool has_parameters = false;
    };
    std::map<std::string, portal, std::less<>> portals_;
};

}  // namespace dsql_local
