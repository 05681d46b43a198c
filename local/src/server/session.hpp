// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/fault_table.hpp"
#include "login/connection_count.hpp"
#include "login/connection_rate.hpp"
#include "login/sigv4.hpp"
#include "login/startup_policy.hpp"
#include "login/test_identity.hpp"
#include "login/test_keys.hpp"
#include "postgres/role_grants.hpp"
#include "protocol/protocol_filter.hpp"
#include "protocol/request_filter.hpp"
#include "protocol/shared_state.hpp"
#include "server/lock_monitor.hpp"
#include "server/session_log.hpp"
#include "server/stream_io.hpp"
#include "wire/messages.hpp"
#include "wire/relay_buffer.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// Settings that all sessions of an endpoint share.
struct session_settings {
    test_keys keys = {};
    /// Other identities than that of the keys.
    std::vector<test_identity> identities = {};
    /// If set, the keys and the identities are read from this file at every login.
    std::optional<std::filesystem::path> keys_file = {};
    /// The limit on new connections, shared by all sessions; never null.
    std::shared_ptr<connection_rate> rate = {};
    /// The limit on open connections, shared by all sessions; never null.
    std::shared_ptr<connection_count> connections = {};
    /// The state that all sessions share; never null.
    std::shared_ptr<shared_state> shared = {};
    /// Finds out who waits for whose locks; null if PostgreSQL's locks decide.
    std::shared_ptr<lock_monitor> locks = {};
    time_limits limits = {};
    /// The largest message that a client may send, in bytes; 0: no limit but PostgreSQL's.
    std::size_t message_size_limit = default_message_size_limit;
    /// Who may log in as which role; never null.
    std::shared_ptr<role_grants> grants = {};
    /// The Unix socket of the PostgreSQL server.
    std::filesystem::path backend_socket = {};
    /// The time limit for a login.
    std::chrono::seconds login_timeout{10};
    /// How far the endpoint's clock is ahead of this machine's.
    std::chrono::seconds time_offset{0};
    /// Whether to log each session, statement and refusal to standard error.
    bool verbose = false;

    /// The identities with whose keys a token may be signed now. Throws keys_file_error.
    std::vector<test_identity> current_identities() const;

    /// The time of the endpoint's clock.
    seconds_point now() const {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
               time_offset;
    }
};

/// Serves one client: negotiates TLS, checks the login, then forwards traffic between the client
/// and PostgreSQL. Runs on the executor of the socket, which must run one handler at a time.
class session : public std::enable_shared_from_this<session> {
public:
    using tcp_socket = boost::asio::ip::tcp::socket;

    /// `number` identifies the session in the log.
    session(tcp_socket socket, boost::asio::ssl::context& tls,
            std::shared_ptr<const session_settings> settings, std::uint64_t number);

    /// Serves the client until the connection ends. Nothing that a client sends makes it throw.
    boost::asio::awaitable<void> serve();

private:
    using task = boost::asio::awaitable<void>;

    task serve_or_throw();
    task log_in();

    boost::asio::awaitable<std::string> negotiate();
    task accept_tls();
    void require_server_name();
    std::string negotiated_protocol();
    task negotiate_version(const wire::startup_message& message);

    void enforce_connection_limits();
    void throw_login_faults() const;
    task request_token(const std::string& user);
    void require_valid_token(std::string_view token, const std::string& user);
    void require_granted_role(const std::string& user) const;
    boost::asio::awaitable<std::string> read_startup_packet();
    boost::asio::awaitable<std::string> read_password();

    task connect_backend();
    task start_backend(wire::startup_parameters parameters);
    void require_backend() const;
    void add_negotiation_settings(wire::startup_parameters& parameters);

    task forward_traffic();
    static task forward_requests(std::shared_ptr<session> self);
    filter_decision filter_requests(std::string_view chunk, wire::relay_buffer& out);
    boost::asio::awaitable<bool> filter_later(std::string_view chunk, wire::relay_buffer& out,
                                              std::chrono::milliseconds delay);
    void apply_requests(std::string_view chunk, wire::relay_buffer& out);
    boost::asio::awaitable<bool> await_responses(wire::relay_buffer& out,
                                                 std::uint64_t seen_responses);
    bool goes_on_with_requests() const;
    bool filter_responses(std::string_view chunk, wire::relay_buffer& out);
    static task send_own(std::shared_ptr<session> self, std::string requests);
    void update_watch();
    void give_way(transaction_id which);
    std::chrono::milliseconds strike_delay();
    task wait_for(std::chrono::milliseconds delay);
    task delay_login();
    void start_session_limit();
    void cut();

    task send(std::string bytes);
    boost::asio::awaitable<std::string> receive(std::size_t size);
    task send_error(wire::error_response error);
    task close_gracefully();
    task close_abruptly();
    void close() noexcept;

    void start_deadline(std::chrono::steady_clock::duration limit);
    void cancel_deadline();
    void log(const std::string& event) const;

    boost::asio::ssl::stream<tcp_socket> client_;
    boost::asio::local::stream_protocol::socket backend_;
    boost::system::error_code backend_error_;  // of connecting and starting
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer delay_timer_;
    boost::asio::steady_timer session_timer_;
    /// Never expires. It is canceled when PostgreSQL has sent something that a request waits for.
    boost::asio::steady_timer response_event_;
    std::shared_ptr<const session_settings> settings_;
    session_log log_;
    std::uint64_t deadline_number_ = 0;  // distinguishes a deadline from one that was canceled
    std::string server_name_;
    connection_count::slot slot_;     // from the login on
    std::string arn_;                 // of the identity that has logged in
    bool is_first_identity_ = false;  // that of the test keys
    bool is_only_identity_ = false;   // there is no other, so its ARN does not matter
    bool has_tls_ = false;
    bool is_direct_ = false;
    std::optional<protocol_filter> filter_;  // set after the login
    std::optional<lock_monitor::watched_session> watched_;
    close_after_fault close_after_;
    std::uint64_t response_count_ = 0;  // chunks of responses
    bool has_ended_ = false;            // no more responses will come
    bool is_cut_ = false;               // a fault closes the connection without an error message
    std::uint64_t rejected_logins_ =
        0;  // by the endpoint's rate limit, until this session was admitted
};

}  // namespace dsql_local
