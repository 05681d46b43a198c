// SPDX-License-Identifier: Apache-2.0
#include "server/session.hpp"

#include "login/token_verifier.hpp"
#include "protocol/dsql_errors.hpp"
#include "server/stream_io.hpp"
#include "wire/messages.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/crypto.h>
#include <openssl/x509v3.h>

#include <array>
#include <optional>

namespace dsql_local {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using boost::system::error_code;
using boost::system::system_error;

constexpr std::chrono::seconds linger_time(2);
constexpr std::uint32_t max_password_size = 64 * 1024;
constexpr unsigned char tls_handshake_record = 0x16;
constexpr char terminate_message = 'X';

// Ends a session without an error message to the client.
struct session_ended {
    std::string reason;
};

bool is_request(const std::string& packet, request_code code) {
    return read_uint32(packet) == static_cast<std::uint32_t>(code);
}

// Overwrites the text before its memory is freed.
class cleansed_text {
public:
    explicit cleansed_text(std::string text) : text_(std::move(text)) {}
    ~cleansed_text() { OPENSSL_cleanse(text_.data(), text_.size()); }
    cleansed_text(const cleansed_text&) = delete;
    cleansed_text& operator=(const cleansed_text&) = delete;

    // The body of the password message without the NUL at its end.
    std::string_view token() const { return {text_.data(), text_.size() - 1}; }
    bool is_c_string() const { return !text_.empty() && text_.find('\0') == text_.size() - 1; }

private:
    std::string text_;
};

}  // namespace

session::session(tcp_socket socket, asio::ssl::context& tls,
                 std::shared_ptr<const session_settings> settings, std::uint64_t number)
    : client_(std::move(socket), tls),
      backend_(client_.get_executor()),
      timer_(client_.get_executor()),
      delay_timer_(client_.get_executor()),
      session_timer_(client_.get_executor()),
      settings_(std::move(settings)),
      log_(settings_->verbose, number),
      close_after_(settings_->shared->faults) {}

asio::awaitable<void> session::serve() {
    const auto self = shared_from_this();
    try {
        co_await serve_or_throw();
    } catch (const session_ended& end) {
        log(end.reason);
    } catch (const system_error& error) {
        log("ended: " + error.code().message());
    }
    cancel_deadline();
    session_timer_.cancel();
    close();
}

asio::awaitable<void> session::serve_or_throw() {
    start_deadline(settings_->login_timeout);
    std::optional<error_response> login_response;
    try {
        co_await log_in();
    } catch (const login_error& error) {
        login_response = error.response();  // co_await is not allowed in a handler
    }
    if (login_response) {
        co_await send_error(*login_response);
    } else {
        cancel_deadline();
        co_await forward_traffic();
    }
}

asio::awaitable<void> session::log_in() {
    co_await negotiate_tls();
    require_server_name();
    const std::string packet = co_await read_startup_packet(client_);
    if (is_request(packet, request_code::cancel)) {
        throw session_ended{"cancel request ignored"};
    }
    co_await delay_login();
    enforce_rate_limit();
    admitted_startup startup = admit_startup(parse_startup_message(packet));
    startup_message forwarded{.protocol_version = read_uint32(packet)};
    co_await request_token(startup.user);
    if (startup.database != "postgres") {
        throw login_error(no_such_database(startup.database));
    }
    log_.set_user(startup.user);
    add_negotiation_settings(startup.parameters);
    forwarded.parameters = std::move(startup.parameters);
    co_await open_backend(std::move(forwarded));
}

asio::awaitable<void> session::negotiate_tls() {
    unsigned char first = 0;
    co_await client_.next_layer().async_receive(asio::buffer(&first, 1),
                                                asio::socket_base::message_peek, use_awaitable);
    if (first != tls_handshake_record) {
        co_await negotiate_by_request();
        co_return;
    }
    is_direct_ = true;
    co_await accept_tls();
    if (negotiated_protocol().empty()) {
        throw session_ended{"direct TLS without ALPN"};
    }
}

asio::awaitable<void> session::negotiate_by_request() {
    tcp_socket& socket = client_.next_layer();
    std::string packet = co_await read_startup_packet(socket);
    if (is_request(packet, request_code::gss)) {
        co_await asio::async_write(socket, asio::buffer("N", 1), use_awaitable);
        packet = co_await read_startup_packet(socket);
    }
    if (is_request(packet, request_code::cancel)) {
        throw session_ended{"cancel request ignored"};
    }
    if (!is_request(packet, request_code::ssl)) {
        throw login_error({.sqlstate = "08006",
                           .message = "unable to accept connection, TLS is required",
                           .hint = "Connect with sslmode=verify-full."});
    }
    co_await asio::async_write(socket, asio::buffer("S", 1), use_awaitable);
    co_await accept_tls();
}

asio::awaitable<void> session::accept_tls() {
    co_await client_.async_handshake(asio::ssl::stream_base::server, use_awaitable);
    has_tls_ = true;
}

void session::require_server_name() {
    const char* name = SSL_get_servername(client_.native_handle(), TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) {
        throw login_error(
            {.sqlstate = "08006", .message = "unable to accept connection, sni was not received"});
    }
    server_name_ = name;
    // Reject a name that is not in the certificate. A client that does not verify certificates
    // would otherwise notice its mistake only on Aurora DSQL.
    X509* const own = SSL_get_certificate(client_.native_handle());
    if (X509_check_host(own, server_name_.data(), server_name_.size(), 0, nullptr) != 1) {
        throw login_error(access_denied("This endpoint is not the one named in SNI."));
    }
}

std::string session::negotiated_protocol() {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(client_.native_handle(), &name, &length);
    return {name, name + length};
}

template <class Stream>
asio::awaitable<std::string> session::read_startup_packet(Stream& stream) {
    std::array<char, 4> prefix{};
    co_await asio::async_read(stream, asio::buffer(prefix), use_awaitable);
    const std::uint32_t length = read_uint32({prefix.data(), prefix.size()});
    if (length < 8 || length > max_startup_packet_size) {
        throw protocol_violation("invalid length of startup packet");
    }
    std::string packet(length - prefix.size(), '\0');
    co_await asio::async_read(stream, asio::buffer(packet), use_awaitable);
    co_return packet;
}

// DSQL applies the rate limit before it checks anything that the client has sent.
void session::enforce_rate_limit() {
    if (!settings_->rate->admit(std::chrono::steady_clock::now())) {
        throw login_error(rate_exceeded());
    }
    rejected_logins_ = settings_->rate->rejected_count();
    throw_login_faults();
}

void session::throw_login_faults() const {
    fault_table& faults = settings_->shared->faults;
    if (faults.strike(fault::rate_exceeded)) {
        throw login_error(rate_exceeded());
    }
    if (faults.strike(fault::too_many_connections)) {
        throw login_error(too_many_connections());
    }
    if (faults.strike(fault::waking_up)) {
        throw login_error(waking_up());
    }
}

asio::awaitable<void> session::request_token(const std::string& user) {
    std::string request;
    append_uint32(request, 3);  // AuthenticationCleartextPassword
    request = encode_message('R', request);
    co_await asio::async_write(client_, asio::buffer(request), use_awaitable);

    const cleansed_text password(co_await read_password());
    if (!password.is_c_string()) {
        throw login_error(access_denied("The password message is malformed."));
    }
    require_valid_token(password.token(), user);
}

void session::require_valid_token(std::string_view token, const std::string& user) const {
    std::optional<std::string> fault;
    try {
        fault = find_token_error(settings_->current_keys(),
                                 {.token = token, .user = user, .server_name = server_name_},
                                 settings_->now());
    } catch (const keys_file_error& error) {
        fault = error.what();
    }
    if (fault) {
        throw login_error(access_denied(*fault));
    }
}

asio::awaitable<std::string> session::read_password() {
    std::array<char, 5> header{};
    co_await asio::async_read(client_, asio::buffer(header), use_awaitable);
    if (header[0] != 'p') {
        throw protocol_violation("expected password response");
    }
    const std::uint32_t length = read_uint32({header.data() + 1, 4});
    if (length < 4 || length > max_password_size + 4) {
        throw protocol_violation("invalid password message length");
    }
    std::string body(length - 4, '\0');
    co_await asio::async_read(client_, asio::buffer(body), use_awaitable);
    co_return body;
}

// Adds settings that describe the TLS negotiation. Tests read them with SHOW, with any driver.
void session::add_negotiation_settings(startup_parameters& parameters) {
    parameters.emplace_back("dsql_local.ssl_negotiation", is_direct_ ? "direct" : "postgres");
    parameters.emplace_back("dsql_local.tls_version", SSL_get_version(client_.native_handle()));
    parameters.emplace_back("dsql_local.sni", server_name_);
    parameters.emplace_back("dsql_local.alpn", negotiated_protocol());
    parameters.emplace_back("dsql_local.rate_refusals", std::to_string(rejected_logins_));
}

asio::awaitable<void> session::open_backend(startup_message message) {
    error_code failed;
    try {
        const asio::local::stream_protocol::endpoint server(settings_->backend_socket.string());
        co_await backend_.async_connect(server, use_awaitable);
    } catch (const system_error& error) {
        failed = error.code();
    }
    if (failed) {
        log("no PostgreSQL: " + failed.message());
        throw login_error(server_unavailable());
    }
    const std::string packet = encode_startup_message(message);
    co_await asio::async_write(backend_, asio::buffer(packet), use_awaitable);
}

asio::awaitable<void> session::forward_traffic() {
    filter_.emplace(settings_->shared, settings_->limits);
    start_session_limit();
    asio::co_spawn(client_.get_executor(), forward_requests(shared_from_this()), asio::detached);
    const pump_end end =
        co_await pump(backend_, client_, [this](std::string_view bytes, std::string& filtered) {
            return filter_responses(bytes, filtered);
        });
    if (is_cut_) {
        co_await close_abruptly();
    } else if (end != pump_end::sink_failed) {
        // Everything that PostgreSQL sent has been written. Give the client time to read it.
        co_await close_gracefully();
    }
    log("closed");
}

asio::awaitable<void> session::forward_requests(std::shared_ptr<session> self) {
    const auto filter = [&self](std::string_view bytes, std::string& filtered) {
        return self->filter_requests(bytes, filtered);
    };
    const pump_end end = co_await pump(self->client_, self->backend_, filter);
    error_code ignored;
    if (end == pump_end::source_ended) {
        // PostgreSQL then closes its side, which ends forward_traffic().
        self->backend_.shutdown(asio::socket_base::shutdown_send, ignored);
    } else if (end == pump_end::source_failed) {
        self->close();
    } else if (end == pump_end::stopped) {
        self->cut();
    }
}

asio::awaitable<bool> session::filter_requests(std::string_view bytes, std::string& filtered) {
    if (filter_->is_idle() && bytes.front() != terminate_message) {
        co_await delay_request();
    }
    log_.received(bytes);
    filter_->filter_requests(bytes, std::chrono::steady_clock::now(), filtered);
    co_return !filter_->is_cut();
}

asio::awaitable<bool> session::filter_responses(std::string_view bytes, std::string& filtered) {
    filter_->filter_responses(bytes, std::chrono::steady_clock::now(), filtered);
    is_cut_ = is_cut_ || filter_->is_cut() || close_after_.cut(filtered);
    log_.sent(filtered);
    co_return !is_cut_;
}

// Applies the fault delay to a whole request, not to each chunk of it.
asio::awaitable<void> session::delay_request() {
    if (const auto milliseconds = settings_->shared->faults.strike(fault::delay)) {
        delay_timer_.expires_after(std::chrono::milliseconds(std::stoll(*milliseconds)));
        co_await delay_timer_.async_wait(asio::as_tuple(use_awaitable));
    }
}

// An injected delay does not count towards the client's time limit for the login.
asio::awaitable<void> session::delay_login() {
    cancel_deadline();
    co_await delay_request();
    start_deadline(settings_->login_timeout);
}

// Ends forward_traffic(), which then closes the connection without an error message. If the client
// does not read, the deadline closes the connection.
void session::cut() {
    is_cut_ = true;
    start_deadline(linger_time);
    error_code ignored;
    backend_.close(ignored);
}

void session::start_session_limit() {
    if (settings_->limits.session.count() == 0) {
        return;
    }
    session_timer_.expires_after(
        std::chrono::duration_cast<asio::steady_timer::duration>(settings_->limits.session));
    session_timer_.async_wait([self = shared_from_this()](error_code error) {
        if (!error) {
            self->log("session time limit reached");
            self->cut();
        }
    });
}

asio::awaitable<void> session::send_error(error_response error) {
    log_.refused(error);
    start_deadline(linger_time);
    const std::string bytes = encode_error_response(error);
    if (has_tls_) {
        co_await asio::async_write(client_, asio::buffer(bytes), use_awaitable);
    } else {
        co_await asio::async_write(client_.next_layer(), asio::buffer(bytes), use_awaitable);
    }
    co_await close_gracefully();
}

// If a socket is closed while it holds unread bytes, the kernel resets the connection, and the
// client can lose data that it has not read yet. So let the client close first, for a limited time.
asio::awaitable<void> session::close_gracefully() {
    start_deadline(linger_time);
    if (has_tls_) {
        co_await shut_down_tls(client_);
    }
    error_code ignored;
    client_.next_layer().shutdown(asio::socket_base::shutdown_send, ignored);
    co_await drain(client_.next_layer());
}

// Closes the connection as a failing network or server would: without an error message and without
// TLS's close_notify. Data that was sent before still arrives.
asio::awaitable<void> session::close_abruptly() {
    log("cut");
    start_deadline(linger_time);
    error_code ignored;
    backend_.close(ignored);
    client_.next_layer().shutdown(asio::socket_base::shutdown_send, ignored);
    co_await drain(client_.next_layer());
}

void session::close() noexcept {
    error_code ignored;
    client_.next_layer().close(ignored);
    backend_.close(ignored);
}

void session::start_deadline(std::chrono::steady_clock::duration limit) {
    const std::uint64_t number = ++deadline_number_;
    timer_.expires_after(limit);
    timer_.async_wait([self = shared_from_this(), number](error_code error) {
        if (!error && number == self->deadline_number_) {
            self->log("out of time");
            self->close();
        }
    });
}

void session::cancel_deadline() {
    ++deadline_number_;
    timer_.cancel();
}

void session::log(const std::string& event) const {
    log_.event(event);
}

}  // namespace dsql_local
