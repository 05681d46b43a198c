// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/byte_fault.hpp"
#include "login/startup_policy.hpp"
#include "protocol/protocol_filter.hpp"
#include "server/session_settings.hpp"
#include "wire/error_response.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// One client: negotiates TLS, logs the client in, then relays bytes between it and PostgreSQL.
/// All of it happens on the executor of the socket, which must be a strand.
class session : public std::enable_shared_from_this<session> {
public:
    using tcp_socket = boost::asio::ip::tcp::socket;

    /// `number` is for the log.
    session(tcp_socket socket, boost::asio::ssl::context& tls,
            std::shared_ptr<const session_settings> settings, std::uint64_t number);

    /// Serves the client to its end. Throws nothing that the client can bring about.
    boost::asio::awaitable<void> serve();

private:
    using task = boost::asio::awaitable<void>;

    task serve_or_throw();
    task log_in();

    task negotiate_tls();
    task negotiate_by_request();
    task shake_hands();
    void require_server_name();
    std::string negotiated_protocol();

    void require_rate();
    void require_no_fault() const;
    task ask_for_token(const std::string& user);
    void require_good_token(std::string_view token, const std::string& user) const;
    template <class Stream>
    boost::asio::awaitable<std::string> read_startup_packet(Stream& stream);
    boost::asio::awaitable<std::string> read_password();

    task open_backend(startup_message message);
    void describe_negotiation(startup_parameters& parameters);

    task relay();
    static task relay_requests(std::shared_ptr<session> self);
    boost::asio::awaitable<bool> filter_requests(std::string_view bytes, std::string& filtered);
    boost::asio::awaitable<bool> filter_answers(std::string_view bytes, std::string& filtered);
    task hold_back();
    task hold_back_login();
    void start_session_limit();
    void cut();

    task refuse(refusal why);
    task close_gently();
    task close_without_a_word();
    void close() noexcept;

    void start_deadline(std::chrono::steady_clock::duration limit);
    void cancel_deadline();
    void log(const std::string& event) const;

    boost::asio::ssl::stream<tcp_socket> client_;
    boost::asio::local::stream_protocol::socket backend_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer delay_timer_;
    boost::asio::steady_timer session_timer_;
    std::shared_ptr<const session_settings> settings_;
    std::uint64_t number_;
    std::uint64_t deadline_number_ = 0;  // tells a deadline from one that was since cancelled
    std::string server_name_;
    bool has_tls_ = false;
    bool is_direct_ = false;
    std::optional<protocol_filter> conversation_;  // since the login
    byte_fault close_after_;
    bool is_cut_ = false;              // to be closed without a word
    std::uint64_t rate_refusals_ = 0;  // of the endpoint, when this session was admitted
};

}  // namespace dsql_local
