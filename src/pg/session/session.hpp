// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/observer.hpp>
#include <dsql/result.hpp>
#include <dsql/session_options.hpp>
#include <dsql/sql_text.hpp>
#include <dsql/statement.hpp>

#include "pg/fork_mark.hpp"
#include "pg/handle.hpp"
#include "pg/io/deadline.hpp"
#include "pg/io/operation.hpp"
#include "pg/session/statement_cache.hpp"
#include "told_of_end.hpp"

#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

namespace dsql::pg {

class command_planner;

/// What a connection is made of: the libpq handle, the statements prepared on it, and the limits
/// its statements are under. Stays where it is when the connection is moved, so that transactions,
/// streams and COPYs can point to it. Belongs to one thread at a time.
class session {
public:
    /// Takes over a connected handle, or null. Checks the options: throws `config_error`.
    /// `name_prefix` goes in front of the names of prepared statements.
    session(owned_handle owned, session_options options, std::string name_prefix = "dsql_");
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    [[nodiscard]] pg_conn* handle() const noexcept { return handle_.get(); }
    [[nodiscard]] bool is_open() const noexcept;
    [[nodiscard]] bool is_idle() const noexcept;
    /// In a child process the handle is left as it is: the session is the parent's.
    void close() noexcept;
    [[nodiscard]] pg_conn* release() noexcept;
    void set_notice_handler(notice_handler handler);
    /// Who is told of what it does; null: nobody.
    [[nodiscard]] observer* told() const noexcept { return options_.observer.get(); }

    /// Runs one statement. See `query_functions`.
    [[nodiscard]] result execute(const call_limits& limits, const sql_text& sql,
                                 const detail::argument_view& values);
    /// Runs a batch. Throws `batch_error`.
    [[nodiscard]] std::vector<result> run(const call_limits& limits, const batch& statements);
    /// Runs a statement of the library's own, without values and never prepared.
    [[nodiscard]] result control(const call_limits& limits, const sql_text& sql);

    [[nodiscard]] statement prepare(const call_limits& limits, const sql_text& sql);
    void deallocate(const statement& prepared);

    /// Puts an outer deadline and stop token on all that is run, on top of each call's own.
    void set_outer_limits(const call_limits& limits) { outer_limits_ = limits; }
    [[nodiscard]] const call_limits& outer_limits() const noexcept { return outer_limits_; }

    // --- for streams and COPYs, which occupy the connection until they end

    /// Sends a statement without waiting, and marks the connection as occupied by `what`.
    void send_occupying(const call_limits& limits, const sql_text& sql,
                        const detail::argument_view& values, const char* what);
    /// The connection is free again: called in a handler when something failed.
    void vacate() noexcept;

    /// Throws `timeout_error` or `cancelled_error` when a limit has struck already: before what,
    /// and what that means, goes into the message.
    void require_in_time(const call_limits& limits, const sql_text& sql,
                         const char* before = "the statement was sent; it has not run") const;

    /// Runs an operation to its end. When a limit strikes, closes the connection and throws
    /// `timeout_error` or `cancelled_error`.
    void drive(operation& work, const call_limits& limits, const sql_text& sql);

    /// Calls `f`; closes the connection when it throws anything but what leaves it usable.
    template <class F>
    auto guarded(F f) {
        try {
            return f();
        } catch (const server_error&) {
            if (!is_open()) {
                close();  // FATAL: the server's last words
            }
            throw;
        } catch (const conversion_error&) {
            throw;
        } catch (...) {
            close();  // what is half sent or half read cannot be used again
            throw;
        }
    }

private:
    friend class command_planner;

    /// Calls `f`, and tells the observer if there is one.
    template <class F>
    auto observed(const sql_text& sql, F f) {
        observer* const told = this->told();
        if (told == nullptr) [[likely]] {
            return f();
        }
        const observer::span span = told->query_started({.sql = sql.text(), .where = sql.where()});
        return detail::told_of_end(
            f, [told, span](const std::exception* failure) { told->query_ended(span, failure); });
    }

    void require_ready(const call_limits& limits, const sql_text& sql) const;
    void require_own(const statement& prepared) const;
    void require_own(const batch& statements) const;
    void make_nonblocking(const sql_text& sql);
    [[nodiscard]] deadline until(const call_limits& limits) const;

    /// The server's name of a statement that can be run as it is; null when it needs preparing.
    [[nodiscard]] const std::string* ready_name(const sql_text& sql,
                                                const detail::argument_view& values);
    [[nodiscard]] bool is_stale(const statement& prepared) const;
    [[nodiscard]] result attempt(const call_limits& limits, const sql_text& sql,
                                 const detail::argument_view& values);
    [[nodiscard]] result run_prepared(const call_limits& limits, const sql_text& sql,
                                      const std::string& name, const detail::argument_view& values);
    [[nodiscard]] result run_unnamed(const call_limits& limits, const sql_text& sql,
                                     const detail::argument_view& values);
    [[nodiscard]] std::vector<result> attempt_batch(const call_limits& limits,
                                                    const batch& statements);
    [[nodiscard]] std::vector<result> run_pipeline(const call_limits& limits,
                                                   command_planner& commands,
                                                   const sql_text& whole);
    void send_for_stream(const sql_text& sql, const detail::argument_view& values);
    void send_unnamed(const sql_text& sql, const detail::argument_view& values);
    [[nodiscard]] result reply(const call_limits& limits, const sql_text& sql);
    [[nodiscard]] bool forget_stale(const server_error& failure);

    static void receive_notice(void* self, const pg_result* notice) noexcept;

    owned_handle handle_;
    const fork_mark made_in_;
    session_options options_;
    call_limits outer_limits_{};
    const char* occupied_by_ = nullptr;  // a literal
    std::optional<observer::span> occupation_{};

    std::string name_prefix_;
    statement_cache cache_;
    // Those that were prepared by hand, by their text; dropped ones are prepared anew on use.
    std::unordered_map<std::string, statement> prepared_{};
    std::vector<std::string> stale_prepared_{};
    // Names the server may still have and nobody uses: closed together with the next statement.
    std::vector<std::string> names_to_close_{};
    // Tells a statement of this session from those of others, even of one that had its address.
    std::shared_ptr<const int> identity_;
    std::string scratch_{};  // the statement's text with a zero byte behind it
};

}  // namespace dsql::pg
