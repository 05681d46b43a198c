// SPDX-License-Identifier: Apache-2.0
#include "server/session.hpp"

#include "login/token_verifier.hpp"
#include "protocol/dsql_errors.hpp"
#include "server/server.hpp"
#include "wire/wire_format.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/crypto.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <optional>

namespace dsql_local {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using boost::system::error_code;
using boost::system::system_error;

constexpr std::chrono::seconds linger_time(2);
constexpr std::uint32_t longest_password = 64 * 1024;
constexpr unsigned char tls_handshake_record = 0x16;
constexpr char terminate_message = 'X';

// The session is over and there is nothing to tell the client.
struct session_over {
    std::string reason;
};

bool is_request(const std::string& packet, request_code code) {
    return read_uint32(packet) == static_cast<std::uint32_t>(code);
}

// Does not leave the text behind in freed memory.
class wiped_text {
public:
    explicit wiped_text(std::string text) : text_(std::move(text)) {}
    ~wiped_text() { OPENSSL_cleanse(text_.data(), text_.size()); }
    wiped_text(const wiped_text&) = delete;
    wiped_text& operator=(const wiped_text&) = delete;

    // The password message's body, up to the NUL that ends it.
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
      number_(number),
      close_after_(settings_->shared->faults) {}

asio::awaitable<void> session::serve() {
    const auto self = shared_from_this();
    try {
        co_await serve_or_throw();
    } catch (const session_over& end) {
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
    std::optional<refusal> refused;
    try {
        co_await log_in();
    } catch (const login_refused& error) {
        refused = error.why();  // co_await is not allowed in here
    }
    if (refused) {
        co_await refuse(*refused);
    } else {
        cancel_deadline();
        co_await relay();
    }
}

asio::awaitable<void> session::log_in() {
    co_await negotiate_tls();
    require_server_name();
    const std::string packet = co_await read_startup_packet(client_);
    if (is_request(packet, request_code::cancel)) {
        throw session_over{"cancel request ignored"};
    }
    co_await hold_back_login();
    require_rate();
    admitted_startup startup = admit_startup(parse_startup_message(packet));
    startup_message forwarded{.protocol_version = read_uint32(packet)};
    co_await ask_for_token(startup.user);
    if (startup.database != "postgres") {
        throw login_refused(no_such_database(startup.database));
    }
    log("user " + startup.user + " has a good token");
    describe_negotiation(startup.parameters);
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
    co_await shake_hands();
    if (negotiated_protocol().empty()) {
        throw session_over{"direct TLS without ALPN"};
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
        throw session_over{"cancel request ignored"};
    }
    if (!is_request(packet, request_code::ssl)) {
        throw login_refused({.sqlstate = "08006",
                             .message = "unable to accept connection, TLS is required",
                             .hint = "Connect with sslmode=verify-full."});
    }
    co_await asio::async_write(socket, asio::buffer("S", 1), use_awaitable);
    co_await shake_hands();
}

asio::awaitable<void> session::shake_hands() {
    co_await client_.async_handshake(asio::ssl::stream_base::server, use_awaitable);
    has_tls_ = true;
}

void session::require_server_name() {
    const char* name = SSL_get_servername(client_.native_handle(), TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) {
        throw login_refused(
            {.sqlstate = "08006", .message = "unable to accept connection, sni was not received"});
    }
    server_name_ = name;
    // A name that is not in our certificate is another server's: a client that does not check ours
    // would find out only there.
    X509* const own = SSL_get_certificate(client_.native_handle());
    if (X509_check_host(own, server_name_.data(), server_name_.size(), 0, nullptr) != 1) {
        throw login_refused(access_denied("This endpoint is not the one named in SNI."));
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
    if (length < 8 || length > longest_startup_packet) {
        throw protocol_violation("invalid length of startup packet");
    }
    std::string packet(length - prefix.size(), '\0');
    co_await asio::async_read(stream, asio::buffer(packet), use_awaitable);
    co_return packet;
}

// DSQL counts before it looks at anything the client has sent.
void session::require_rate() {
    if (!settings_->rate->admit(std::chrono::steady_clock::now())) {
        throw login_refused(rate_exceeded());
    }
    rate_refusals_ = settings_->rate->refusals();
    require_no_fault();
}

void session::require_no_fault() const {
    fault_table& faults = settings_->shared->faults;
    if (faults.strike(fault::rate_exceeded)) {
        throw login_refused(rate_exceeded());
    }
    if (faults.strike(fault::too_many_connections)) {
        throw login_refused(too_many_connections());
    }
    if (faults.strike(fault::waking_up)) {
        throw login_refused(waking_up());
    }
}

asio::awaitable<void> session::ask_for_token(const std::string& user) {
    std::string request;
    append_uint32(request, 3);  // AuthenticationCleartextPassword
    request = encode_message('R', request);
    co_await asio::async_write(client_, asio::buffer(request), use_awaitable);

    const wiped_text password(co_await read_password());
    if (!password.is_c_string()) {
        throw login_refused(access_denied("The password message is malformed."));
    }
    require_good_token(password.token(), user);
}

void session::require_good_token(std::string_view token, const std::string& user) const {
    std::optional<std::string> fault;
    try {
        fault = find_token_fault(settings_->current_keys(),
                                 {.token = token, .user = user, .server_name = server_name_},
                                 settings_->now());
    } catch (const keys_file_error& error) {
        fault = error.what();
    }
    if (fault) {
        throw login_refused(access_denied(*fault));
    }
}

asio::awaitable<std::string> session::read_password() {
    std::array<char, 5> header{};
    co_await asio::async_read(client_, asio::buffer(header), use_awaitable);
    if (header[0] != 'p') {
        throw protocol_violation("expected password response");
    }
    const std::uint32_t length = read_uint32({header.data() + 1, 4});
    if (length < 4 || length > longest_password + 4) {
        throw protocol_violation("invalid password message length");
    }
    std::string body(length - 4, '\0');
    co_await asio::async_read(client_, asio::buffer(body), use_awaitable);
    co_return body;
}

// Any client can read these with SHOW, whatever driver it is built on.
void session::describe_negotiation(startup_parameters& parameters) {
    parameters.emplace_back("dsql_local.ssl_negotiation", is_direct_ ? "direct" : "postgres");
    parameters.emplace_back("dsql_local.tls_version", SSL_get_version(client_.native_handle()));
    parameters.emplace_back("dsql_local.sni", server_name_);
    parameters.emplace_back("dsql_local.alpn", negotiated_protocol());
    parameters.emplace_back("dsql_local.rate_refusals", std::to_string(rate_refusals_));
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
        throw login_refused(server_unavailable());
    }
    const std::string packet = encode_startup_message(message);
    co_await asio::async_write(backend_, asio::buffer(packet), use_awaitable);
}

asio::awaitable<void> session::relay() {
    conversation_.emplace(settings_->shared, settings_->limits);
    start_session_limit();
    asio::co_spawn(client_.get_executor(), relay_requests(shared_from_this()), asio::detached);
    const pump_end end =
        co_await pump(backend_, client_, [this](std::string_view bytes, std::string& filtered) {
            return filter_answers(bytes, filtered);
        });
    if (is_cut_) {
        co_await close_without_a_word();
    } else if (end != pump_end::sink_failed) {
        // Whatever PostgreSQL said last has been written; let the client read it.
        co_await close_gently();
    }
    log("closed");
}

asio::awaitable<void> session::relay_requests(std::shared_ptr<session> self) {
    const auto filter = [&self](std::string_view bytes, std::string& filtered) {
        return self->filter_requests(bytes, filtered);
    };
    const pump_end end = co_await pump(self->client_, self->backend_, filter);
    error_code ignored;
    if (end == pump_end::source_ended) {
        // PostgreSQL notices, finishes, and closes its side, which ends relay().
        self->backend_.shutdown(asio::socket_base::shutdown_send, ignored);
    } else if (end == pump_end::source_failed) {
        self->close();
    } else if (end == pump_end::stopped) {
        self->cut();
    }
}

asio::awaitable<bool> session::filter_requests(std::string_view bytes, std::string& filtered) {
    if (conversation_->is_idle() && bytes.front() != terminate_message) {
        co_await hold_back();
    }
    conversation_->take_requests(bytes, std::chrono::steady_clock::now(), filtered);
    co_return !conversation_->is_cut();
}

asio::awaitable<bool> session::filter_answers(std::string_view bytes, std::string& filtered) {
    conversation_->take_answers(bytes, std::chrono::steady_clock::now(), filtered);
    is_cut_ = is_cut_ || conversation_->is_cut() || close_after_.cut(filtered);
    co_return !is_cut_;
}

// A request, once, as on a slow way; not the chunks that it comes in.
asio::awaitable<void> session::hold_back() {
    if (const auto milliseconds = settings_->shared->faults.strike(fault::delay)) {
        delay_timer_.expires_after(std::chrono::milliseconds(std::stoll(*milliseconds)));
        co_await delay_timer_.async_wait(asio::as_tuple(use_awaitable));
    }
}

// The time that a login has is the client's.
asio::awaitable<void> session::hold_back_login() {
    cancel_deadline();
    co_await hold_back();
    start_deadline(settings_->login_timeout);
}

// Ends relay(), which closes without a word; or the deadline does, where the client does not read.
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

asio::awaitable<void> session::refuse(refusal why) {
    log("refused: " + why.message + (why.hint.empty() ? "" : " (" + why.hint + ")"));
    start_deadline(linger_time);
    const std::string response = encode_error_response(why);
    if (has_tls_) {
        co_await asio::async_write(client_, asio::buffer(response), use_awaitable);
    } else {
        co_await asio::async_write(client_.next_layer(), asio::buffer(response), use_awaitable);
    }
    co_await close_gently();
}

// Closing a socket with unread bytes in it makes the kernel reset the connection, and a reset can
// overtake what the client has not read yet. So the client is given a while to close first.
asio::awaitable<void> session::close_gently() {
    start_deadline(linger_time);
    if (has_tls_) {
        co_await shut_down_tls(client_);
    }
    error_code ignored;
    client_.next_layer().shutdown(asio::socket_base::shutdown_send, ignored);
    co_await drain(client_.next_layer());
}

// As a network that fails, or a server: without an error message, and without TLS's goodbye. What
// was sent before still arrives.
asio::awaitable<void> session::close_without_a_word() {
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
    if (settings_->verbose) {
        std::fprintf(stderr, "dsql-local: session %llu: %s\n",
                     static_cast<unsigned long long>(number_), event.c_str());
    }
}

}  // namespace dsql_local
