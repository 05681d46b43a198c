// SPDX-License-Identifier: Apache-2.0
// A scripted stand-in for libpq. `fake_libpq.cpp` defines each function of libpq that the library
// calls, and is linked in libpq's place: the code under test is the product's, unchanged.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fake_libpq {

/// One thing that comes from the server, in the order of a script.
struct item {
    enum class kind {
        result,  ///< PQgetResult returns it
        end,     ///< PQgetResult returns null: the end of a command
        busy,    ///< nothing yet: one PQconsumeInput has to be made first
        notice,  ///< goes to the notice receiver
        data,    ///< PQgetCopyData returns it
        cut,     ///< the connection breaks when the library reads
    };

    kind what = kind::result;
    ExecStatusType status = PGRES_COMMAND_OK;
    std::string tag{};                     ///< of a result: the command tag; of data: the bytes
    std::map<char, std::string> fields{};  ///< of an error or a notice
    std::vector<std::string> rows{};       ///< of one column, of type text
    std::vector<Oid> parameter_types{};    ///< of a description
    /// The state of the transaction from here on.
    std::optional<PGTransactionStatusType> transaction{};
    /// TLS has decrypted it together with what stands before it.
    bool in_tls = false;
    /// After a cut, whether libpq reports it by a result. Else it only stays busy.
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
/// A result that libpq makes by itself when the connection is lost: it has no SQLSTATE.
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
/// A cut after which libpq goes on saying that it is busy.
[[nodiscard]] item silent_cut();
/// The same, together in one TLS record with what stands before it.
[[nodiscard]] item in_tls(item of);
/// The same, and the state of the transaction after it.
[[nodiscard]] item then(item of, PGTransactionStatusType transaction);

/// One step of PQconnectPoll: what it returns, and PQstatus after it.
struct connect_step {
    PostgresPollingStatusType polling = PGRES_POLLING_READING;
    ConnStatusType status = CONNECTION_STARTED;
    std::string message{};  ///< what PQerrorMessage says from then on
    bool tls_in_use = false;
    int error = 0;      ///< `errno` after it
    int tls_event = 0;  ///< what OpenSSL reports to the info callback during it, if not 0
    int tls_alert = 0;  ///< the alert of `tls_event`
};

/// The server and libpq itself as one test wants them. There is one at a time.
class server {
public:
    server();
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // --- the script

    /// The reply to the next command that has none, its end included. Without one, a command
    /// succeeds. After an error in a pipeline the rest of it is aborted.
    void reply(items to_one_command) { replies_.push_back(std::move(to_one_command)); }
    void clear_replies() { replies_.clear(); }
    /// All that comes in the next exchange, from its first command on: exactly this, whatever is
    /// sent, with `end` and `sync` where they are to be. When it runs out the connection breaks.
    void raw(items of_one_exchange) { raw_.push_back(std::move(of_one_exchange)); }
    /// What PQflush returns next; 0 after these.
    void flushes(std::vector<int> returned);
    /// The steps of the next connect. Without any, a connect succeeds at once.
    void connect(std::vector<connect_step> steps) { connects_.push_back(std::move(steps)); }
    /// Has something happen at the call of that number, counted from 0 over all calls that can
    /// fail: it fails by itself, or finds the connection broken.
    enum class fault { none, call_fails, breaks, breaks_silently };
    void at_call(std::size_t number, fault what) {
        fault_at_ = number;
        fault_ = what;
    }
    /// A connection that is up.
    [[nodiscard]] pg_conn* open();

    // --- what has happened

    struct sent {
        std::string kind{};  ///< query, execute, prepare, describe, close or sync
        std::string name{};
        std::string sql{};
        std::vector<Oid> types{};
        std::vector<std::optional<std::string>> values{};
        bool is_completed = false;  ///< its exchange was read to the end, the commit included
    };
    [[nodiscard]] const std::vector<sent>& log() const noexcept { return log_; }
    /// As text, one word for each: "prepare execute sync".
    [[nodiscard]] std::string kinds_sent() const;
    /// How often a statement was handed over to be run.
    [[nodiscard]] std::size_t times_run(const std::string& sql) const;
    /// Whether a statement was run and all that the server has to say of it was read.
    [[nodiscard]] bool was_completed(const std::string& sql) const;
    /// The data of COPY that was put in.
    [[nodiscard]] const std::string& copied() const noexcept { return copied_; }
    /// What was given to PQputCopyEnd, if anything.
    [[nodiscard]] const std::vector<std::string>& copy_ends() const noexcept { return copy_ends_; }
    /// The calls so far that could have failed.
    [[nodiscard]] std::size_t calls() const noexcept { return calls_; }
    /// The parameters of each connect, in order.
    [[nodiscard]] const std::vector<std::map<std::string, std::string>>& connects() const noexcept {
        return connect_parameters_;
    }
    [[nodiscard]] std::size_t open_connections() const noexcept;
    /// Whether a connection has the settings that libpq and OpenSSL give to a new one.
    [[nodiscard]] static bool is_as_new(const pg_conn* conn) noexcept;
    /// How often the mode in which results come was reset; see `reset_result_mode`.
    [[nodiscard]] std::size_t resets_of_result_mode() const noexcept { return resets_; }
    /// Results, and memory from libpq, that have not been freed.
    [[nodiscard]] std::size_t leaks() const noexcept;
    /// Misuse of libpq so far, as text: a call after PQfinish, a result freed twice or used after
    /// that, a call that would have blocked. Empty when there was none.
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
