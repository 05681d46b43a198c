// SPDX-License-Identifier: Apache-2.0
// A scripted fake of libpq. The sources `fake_*.cpp` define each libpq function that the library
// calls, and are linked in place of libpq. The tests run the library's own code, unchanged.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fake_libpq {

/// One item of a script: something that the server sends or that happens to the connection.
struct item {
    enum class kind {
        result,  ///< PQgetResult returns it
        end,     ///< PQgetResult returns null: the end of a command
        busy,    ///< nothing has arrived; PQconsumeInput must be called first
        notice,  ///< goes to the notice receiver
        data,    ///< PQgetCopyData returns it
        cut,     ///< the connection breaks when the library reads
    };

    kind what = kind::result;
    ExecStatusType status = PGRES_COMMAND_OK;
    std::string tag{};                     ///< of a result: the command tag; of data: the bytes
    std::map<char, std::string> fields{};  ///< of an error or a notice
    std::vector<std::string> rows{};       ///< values of one column of type text
    std::vector<Oid> parameter_types{};    ///< of a description
    /// The state of the transaction from here on.
    std::optional<PGTransactionStatusType> transaction{};
    /// Whether TLS has decrypted it together with the item before it.
    bool in_tls = false;
    /// For a cut: whether libpq reports it with a result. Otherwise libpq only stays busy.
    bool is_reported = true;
};
using items = std::vector<item>;

/// The result of a query.
[[nodiscard]] item rows(std::vector<std::string> values = {});
/// The result of a command.
[[nodiscard]] item ok(std::string tag = "OK");
/// An error from the server.
[[nodiscard]] item error(std::string sqlstate, std::string message = "refused",
                         std::string severity = "ERROR");
[[nodiscard]] item fatal(std::string sqlstate);
/// The result that libpq itself makes when the connection is lost. It has no SQLSTATE.
[[nodiscard]] item lost();
[[nodiscard]] item of_status(ExecStatusType status);
/// Some rows of a stream.
[[nodiscard]] item chunk(std::vector<std::string> values);
[[nodiscard]] item description(std::vector<Oid> parameter_types);
[[nodiscard]] item end();
[[nodiscard]] item synced();
[[nodiscard]] item aborted();
[[nodiscard]] item busy();
[[nodiscard]] item notice(std::string message);
[[nodiscard]] item data(std::string bytes);
[[nodiscard]] item cut();
/// A cut that libpq does not report; PQisBusy keeps returning 1.
[[nodiscard]] item silent_cut();
/// Returns the item `of` in the same TLS record as the item before it.
[[nodiscard]] item in_tls(item of);
/// Returns the item `of` with this transaction state after it.
[[nodiscard]] item then(item of, PGTransactionStatusType transaction);

/// One step of PQconnectPoll: what it returns, and PQstatus after it.
struct connect_step {
    PostgresPollingStatusType polling = PGRES_POLLING_READING;
    ConnStatusType status = CONNECTION_STARTED;
    std::string message{};  ///< what PQerrorMessage returns from then on
    bool tls_in_use = false;
    int error = 0;      ///< `errno` after it
    int tls_event = 0;  ///< what OpenSSL reports to the info callback during it, if not 0
    int tls_alert = 0;  ///< the alert of `tls_event`
    std::function<void()> during{};  ///< called by PQconnectPoll, if it is set
};

/// The behavior of the server and of libpq in one test. Only one of these may exist at a time.
class server {
public:
    server();
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // --- the script

    /// Sets the reply to the next command that has none yet; the end of the reply is added. A
    /// command without a reply succeeds. After an error in a pipeline, the rest of the pipeline is
    /// aborted.
    void reply(items to_one_command) { replies_.push_back(std::move(to_one_command)); }
    void clear_replies() { replies_.clear(); }
    /// Sets everything that arrives in the next exchange, whatever is sent. Nothing is added, so
    /// `end` and `synced` must be given as well. The connection breaks when the items run out.
    void raw(items of_one_exchange) { raw_.push_back(std::move(of_one_exchange)); }
    /// Sets what PQflush returns in its next calls. After these, it returns 0.
    void flushes(std::vector<int> returned);
    /// Sets the steps of the next connect. Without steps, a connect succeeds at once.
    void connect(std::vector<connect_step> steps) { connects_.push_back(std::move(steps)); }
    /// Sets a fault for one call, counted from 0 over all calls that can fail: the call fails, or
    /// the connection breaks before it.
    enum class fault { none, call_fails, breaks, breaks_silently };
    void at_call(std::size_t number, fault what) {
        fault_at_ = number;
        fault_ = what;
    }
    /// Returns an open connection.
    [[nodiscard]] pg_conn* open();

    // --- what has happened

    struct sent {
        std::string kind{};  ///< query, execute, prepare, describe, close or sync
        std::string name{};
        std::string sql{};
        std::vector<Oid> types{};
        std::vector<std::optional<std::string>> values{};
        bool is_completed = false;  ///< its exchange was read to the end, including the commit
    };
    [[nodiscard]] const std::vector<sent>& log() const noexcept { return log_; }
    /// Returns the kinds of all commands sent, for example "prepare execute sync".
    [[nodiscard]] std::string kinds_sent() const;
    /// Returns how often a statement was sent to be run.
    [[nodiscard]] std::size_t times_run(const std::string& sql) const;
    /// Whether a statement was run and its result was read to the end.
    [[nodiscard]] bool was_completed(const std::string& sql) const;
    /// The data that was given to PQputCopyData.
    [[nodiscard]] const std::string& copied() const noexcept { return copied_; }
    /// The reason given to each call of PQputCopyEnd; empty if there was none.
    [[nodiscard]] const std::vector<std::string>& copy_ends() const noexcept { return copy_ends_; }
    /// The number of calls so far that could have failed.
    [[nodiscard]] std::size_t calls() const noexcept { return calls_; }
    /// The parameters of each connect, in order.
    [[nodiscard]] const std::vector<std::map<std::string, std::string>>& connects() const noexcept {
        return connect_parameters_;
    }
    [[nodiscard]] std::size_t open_connections() const noexcept;
    /// Whether a connection has the settings that libpq and OpenSSL give to a new one.
    [[nodiscard]] static bool is_as_new(const pg_conn* conn) noexcept;
    /// How often the result mode was reset; see `reset_result_mode`.
    [[nodiscard]] std::size_t resets_of_result_mode() const noexcept { return resets_; }
    /// The number of results and other libpq allocations that have not been freed.
    [[nodiscard]] std::size_t leaks() const noexcept;
    /// Describes the misuse of libpq so far: a call after PQfinish, a result that was freed twice
    /// or used after it was freed, or a call that would have blocked. Empty if there was none.
    [[nodiscard]] const std::string& violations() const noexcept { return violations_; }

private:
    friend struct access;

    std::deque<items> replies_{};
    std::deque<items> raw_{};
    std::deque<int> flushes_{};
    std::deque<std::vector<connect_step>> connects_{};
    std::size_t fault_at_ = 0;
    fault fault_ = fault::none;
    std::size_t calls_ = 0;
    std::size_t rounds_ = 0;
    std::vector<sent> log_{};
    std::string copied_{};
    std::vector<std::string> copy_ends_{};
    std::vector<std::map<std::string, std::string>> connect_parameters_{};
    std::vector<std::unique_ptr<pg_conn>> connections_{};
    std::vector<std::unique_ptr<pg_result>> results_{};
    std::size_t memory_ = 0;
    std::size_t resets_ = 0;
    std::string violations_{};
};

}  // namespace fake_libpq
