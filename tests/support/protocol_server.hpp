// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/event.hpp"
#include "support/loopback_socket.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// Messages of PostgreSQL's protocol, as a server sends them.
/// Source: PostgreSQL, "Message Formats".
namespace server_message {

[[nodiscard]] std::string make(char type, std::string_view content);
[[nodiscard]] std::string ready(char transaction_status = 'I');
[[nodiscard]] std::string command_complete(std::string_view tag);
[[nodiscard]] std::string row(const std::vector<std::string>& values);
/// The description of columns in binary format, from their names and types.
[[nodiscard]] std::string columns(
    const std::vector<std::pair<std::string, std::uint32_t>>& names_and_types);
/// The description of one column named "n" of the type int4.
[[nodiscard]] std::string row_description();
inline constexpr std::uint32_t int4_type = 23;
[[nodiscard]] std::string error(std::string_view severity, std::string_view sqlstate,
                                std::string_view message);
[[nodiscard]] std::string notice(std::string_view message);
/// An int4 in binary format.
[[nodiscard]] std::string int4(std::uint32_t value);

}  // namespace server_message

/// Where a `protocol_server` strikes.
enum class strike_point {
    none,
    tcp,             ///< when it has accepted a connection
    tls,             ///< when it has read the ClientHello
    password,        ///< in place of the answer to the password
    startup,         ///< in place of what follows a correct password
    first_query,     ///< in place of the answer to a struck statement
    mid_result,      ///< after the first row of a struck statement
    mid_stream,      ///< after the third row of a struck statement
    mid_batch,       ///< as `first_query`, with the results before it sent
    copy_in,         ///< when it has got the first data of a COPY
    copy_out,        ///< after the first data of a COPY
    commit,          ///< in place of the answer to COMMIT, which has been done
    after_statement  ///< after the whole answer to a struck statement
};

/// What it does then.
enum class strike_fault {
    refuse,      ///< sends an error, or a TLS alert, or refuses the connection
    reset,       ///< closes the connection with a reset
    stall,       ///< sends nothing more and keeps the connection open
    half_close,  ///< closes its direction of the connection and reads on
    garbage,     ///< sends bytes that are no message
    truncated,   ///< sends half of the right answer and closes the connection
    trickle,     ///< sends the right answer, a byte now and then, and never its end
    oversize     ///< sends a message of 1 GiB as fast as it is read
};

/// A server of PostgreSQL's protocol over TLS on loopback that knows a few statements and can
/// strike once or always at a point of the exchange. It has a thread for each connection; the
/// destructor ends them. The member functions are thread-safe.
///
/// A statement is struck if its text contains the word "struck". A SELECT has 8 rows.
class protocol_server {
public:
    protocol_server();
    ~protocol_server();
    protocol_server(const protocol_server&) = delete;
    protocol_server& operator=(const protocol_server&) = delete;

    /// The name in its certificate, and the port on 127.0.0.1.
    static constexpr const char* host = "fault2matrix4cluster6ident.dsql.us-east-1.on.aws";
    [[nodiscard]] int port() const noexcept { return port_; }
    /// Its certificate, which is also the authority to trust.
    [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }

    /// Strikes the next `times` times that the point is reached.
    void strike(strike_point at, strike_fault with, int times = 1);
    /// What it sends as garbage from now on. It closes its direction of the connection after that.
    void set_garbage(std::string bytes);
    /// Strikes no more.
    void relent();
    /// Lets it strike after a statement, for which it waits until then, and blocks until it has.
    void wait_until_struck() {
        may_strike_->set();
        struck_->wait();
    }
    /// Whether it has struck at a statement that it had got completely, so that a real server would
    /// have run it.
    [[nodiscard]] bool has_got_statement() const noexcept { return got_statement_; }
    [[nodiscard]] int commits() const noexcept { return commits_; }
    /// The bytes of a message without end that it has sent.
    [[nodiscard]] std::uint64_t flood_bytes() const noexcept { return flood_bytes_; }
    [[nodiscard]] int logins() const noexcept { return logins_; }

    /// Speaks TLS 1.2 from the next connection on, and begins another handshake after the answer to
    /// each struck statement. In that it shows its own certificate, or one that nobody trusts.
    void renegotiate(bool with_own_certificate);

    /// Sent after the answer to a struck statement, in a packet of its own unless `joined`.
    void speak_unasked(std::string messages, bool joined);
    /// When it sends the rest of what it says unasked.
    enum class rest_time {
        never,
        on_request,   ///< when `speak_on` is called, and before it reads the next statement
        with_answer,  ///< before the answer to the next statement, in the same packet
    };
    /// Sends each of `records` in a TLS record of its own when `wait_until_spoken` is called, after
    /// the answer to a struck statement, and the rest later.
    void speak_in_records(std::vector<std::string> records, std::string rest, rest_time when);
    /// Lets it send the records, for which it waits, and blocks until it has sent what is to come
    /// at once.
    void wait_until_spoken();
    /// Lets it send the rest, and blocks until it has.
    void speak_on();

private:
    class connection;
    friend class connection;

    [[nodiscard]] std::optional<strike_fault> next_strike(strike_point at);
    void listen_on_port();
    void stop_listening();
    void fill_queue();
    void accept_all();
    void end_connections();

    std::string certificate_{};
    std::shared_ptr<SSL_CTX> context_{};
    // Bound as long as the server lives, so that nobody else gets the port while nothing listens.
    const int reserving_ = loopback_socket::open();
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> got_statement_ = false;
    std::atomic<int> commits_ = 0;
    std::atomic<int> logins_ = 0;
    std::atomic<std::uint64_t> flood_bytes_ = 0;
    std::vector<int> fillers_{};  // connections that keep the queue of the listener full
    mutable std::mutex mutex_{};
    strike_point at_ = strike_point::none;  // guarded by mutex_, as the members below
    strike_fault with_ = strike_fault::stall;
    int times_ = 0;
    std::optional<std::string> garbage_{};
    // What it says unasked, and how.
    struct speech {
        std::vector<std::string> records{};
        bool is_joined = false;
        std::string rest{};
        rest_time when = rest_time::never;
        std::shared_ptr<event> may_begin{};  // null: at once
        std::shared_ptr<event> has_begun = std::make_shared<event>();
        std::shared_ptr<event> may_go_on = std::make_shared<event>();
        std::shared_ptr<event> is_over = std::make_shared<event>();
    };
    void plan(speech next);
    std::atomic<bool> renegotiates_ = false;
    std::atomic<bool> has_own_certificate_ = true;
    speech next_speech_{};
    speech last_speech_{};  // shares its events
    std::list<std::shared_ptr<connection>> connections_{};
    std::shared_ptr<event> may_strike_ = std::make_shared<event>();
    std::shared_ptr<event> struck_ = std::make_shared<event>();
    std::jthread accepting_{};
};
