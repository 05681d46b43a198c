// SPDX-License-Identifier: Apache-2.0
// The part of session that logs a client in.
#include "login/token_verifier.hpp"
#include "protocol/dsql_errors.hpp"
#include "server/session.hpp"
#include "server/session_ended.hpp"
#include "wire/messages.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/crypto.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace dsql_local {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;

constexpr std::uint32_t max_password_size = 65'535;
constexpr unsigned char tls_handshake_record = 0x16;

bool is_request(const std::string& packet, wire::request_code code) {
    return wire::read_uint32(packet) == static_cast<std::uint32_t>(code);
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

asio::awaitable<void> session::log_in() {
    const std::string packet = co_await negotiate();
    require_server_name();
    co_await delay_login();
    enforce_connection_limits();
    const wire::startup_message message = wire::parse_startup_message(packet);
    const admitted_startup startup = admit_startup(message, settings_->shared->dialect);
    co_await negotiate_version(message);
    const bool has_database = startup.database == "postgres";
    if (has_database) {
        co_await start_backend(startup.parameters);
    }
    co_await request_token(startup.user);
    if (!has_database) {
        throw wire::login_error(no_such_database(startup.database));
    }
    log_.set_user(startup.user);
    require_granted_role(startup.user);
    require_backend();
}

// Returns the startup packet. Before it, a client may ask for TLS and for GSS encryption. What may
// follow what is as in PostgreSQL: TLS once, and GSS encryption once, but not after TLS was
// granted. A further request is an unsupported protocol version. Source: ProcessStartupPacket() in
// https://github.com/postgres/postgres/blob/REL_16_STABLE/src/backend/postmaster/postmaster.c
asio::awaitable<std::string> session::negotiate() {
    unsigned char first = 0;
    co_await client_.next_layer().async_receive(asio::buffer(&first, 1),
                                                asio::socket_base::message_peek, use_awaitable);
    if (first == tls_handshake_record) {
        is_direct_ = true;
        co_await accept_tls();
        if (negotiated_protocol().empty()) {
            throw session_ended{"direct TLS without ALPN"};
        }
    }
    bool may_request_tls = true;
    bool may_request_gss = true;
    while (true) {
        std::string packet = co_await read_startup_packet();
        if (is_request(packet, wire::request_code::cancel)) {
            throw session_ended{"cancel request ignored"};
        }
        if (may_request_tls && is_request(packet, wire::request_code::ssl)) {
            may_request_tls = false;
            if (has_tls_) {
                co_await send("N");
            } else {
                may_request_gss = false;
                co_await send("S");
                co_await accept_tls();
            }
        } else if (may_request_gss && is_request(packet, wire::request_code::gss)) {
            may_request_gss = false;
            may_request_tls = true;
            co_await send("N");
        } else if (has_tls_) {
            co_return packet;
        } else {
            // The SQLSTATE and "SSL is mandatory" are those of the integration tests of AWS's
            // connector for asyncpg.
            throw wire::login_error({.sqlstate = "08P01",
                                     .message = "unable to accept connection, SSL is mandatory",
                                     .hint = "Connect with sslmode=verify-full."});
        }
    }
}

asio::awaitable<void> session::accept_tls() {
    co_await connect_backend();
    co_await client_.async_handshake(asio::ssl::stream_base::server, use_awaitable);
    has_tls_ = true;
}

void session::require_server_name() {
    const char* name = SSL_get_servername(client_.native_handle(), TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) {
        throw wire::login_error(
            {.sqlstate = "08006", .message = "unable to accept connection, sni was not received"});
    }
    server_name_ = name;
    // Reject a name that is not in the certificate. A client that does not verify certificates
    // would otherwise notice its mistake only on Aurora DSQL.
    X509* const own = SSL_get_certificate(client_.native_handle());
    if (X509_check_host(own, server_name_.data(), server_name_.size(), 0, nullptr) != 1) {
        throw wire::login_error(access_denied("This endpoint is not the one named in SNI."));
    }
}

std::string session::negotiated_protocol() {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(client_.native_handle(), &name, &length);
    return {name, name + length};
}

asio::awaitable<void> session::send(std::string bytes) {
    if (has_tls_) {
        co_await asio::async_write(client_, asio::buffer(bytes), use_awaitable);
    } else {
        co_await asio::async_write(client_.next_layer(), asio::buffer(bytes), use_awaitable);
    }
}

asio::awaitable<std::string> session::receive(std::size_t size) {
    std::string bytes(size, '\0');
    if (has_tls_) {
        co_await asio::async_read(client_, asio::buffer(bytes), use_awaitable);
    } else {
        co_await asio::async_read(client_.next_layer(), asio::buffer(bytes), use_awaitable);
    }
    co_return bytes;
}

// PostgreSQL does not answer an impossible length: the client may speak another protocol.
asio::awaitable<std::string> session::read_startup_packet() {
    constexpr std::size_t prefix_size = 4;
    const std::string prefix = co_await receive(prefix_size);
    const std::uint32_t length = wire::read_uint32(prefix);
    if (length < 8 || length > wire::max_startup_packet_size) {
        throw session_ended{"invalid length of startup packet"};
    }
    co_return co_await receive(length - prefix_size);
}

// DSQL applies the rate limit before it checks anything that the client has sent.
void session::enforce_connection_limits() {
    if (!settings_->rate->admit(std::chrono::steady_clock::now())) {
        throw wire::login_error(rate_exceeded());
    }
    rejected_logins_ = settings_->rate->rejected_count();
    throw_login_faults();
    slot_ = settings_->connections->admit();
    if (!slot_) {
        throw wire::login_error(too_many_connections());
    }
}

void session::throw_login_faults() const {
    fault_table& faults = settings_->shared->faults;
    if (faults.strike(fault::rate_exceeded)) {
        throw wire::login_error(rate_exceeded());
    }
    if (faults.strike(fault::too_many_connections)) {
        throw wire::login_error(too_many_connections());
    }
    if (faults.strike(fault::waking_up)) {
        throw wire::login_error(waking_up());
    }
}

// Like PostgreSQL, tells a client that asks for a newer minor version, or for protocol options,
// that there are none. This must come before any other response.
asio::awaitable<void> session::negotiate_version(const wire::startup_message& message) {
    const std::vector<std::string> options = wire::protocol_options(message.parameters);
    if (message.protocol_version > wire::protocol_version_3_0 || !options.empty()) {
        std::string bytes = wire::encode_version_negotiation(options);
        co_await send(std::move(bytes));
    }
}

asio::awaitable<void> session::request_token(const std::string& user) {
    std::string request;
    wire::append_uint32(request, 3);  // AuthenticationCleartextPassword
    request = wire::encode_message('R', request);
    co_await send(std::move(request));

    const cleansed_text password(co_await read_password());
    if (!password.is_c_string()) {
        throw wire::login_error(access_denied("The password message is malformed."));
    }
    require_valid_token(password.token(), user);
}

void session::require_valid_token(std::string_view token, const std::string& user) {
    std::optional<std::string> fault;
    try {
        const std::vector<test_identity> identities = settings_->current_identities();
        const test_identity& identity = choose_identity(identities, token);
        arn_ = identity.arn;
        is_first_identity_ = &identity == &identities.front();
        is_only_identity_ = identities.size() == 1;
        fault = find_token_error(identity.keys,
                                 {.token = token, .user = user, .server_name = server_name_},
                                 settings_->now());
    } catch (const keys_file_error& error) {
        fault = error.what();
    }
    if (fault) {
        throw wire::login_error(access_denied(*fault));
    }
}

void session::require_granted_role(const std::string& user) const {
    if (user == "admin" && !is_first_identity_) {
        throw wire::login_error(not_an_admin(arn_, settings_->keys.region, server_name_));
    }
    bool is_granted = false;
    try {
        is_granted = settings_->grants->may_log_in(
            user, is_only_identity_ ? std::nullopt : std::optional(arn_));
    } catch (const std::exception& error) {
        log(std::string("no answer from PostgreSQL: ") + error.what());
        throw wire::login_error(server_unavailable());
    }
    if (!is_granted) {
        throw wire::login_error(not_granted(arn_));
    }
}

asio::awaitable<std::string> session::read_password() {
    constexpr std::size_t header_size = 5;
    const std::string header = co_await receive(header_size);
    if (header[0] != 'p') {
        throw wire::protocol_violation("expected password response, got message type " +
                                       std::to_string(static_cast<unsigned char>(header[0])));
    }
    const std::uint32_t length = wire::read_uint32(std::string_view(header).substr(1));
    if (length < 4 || length > max_password_size) {
        throw session_ended{"invalid password message length"};
    }
    co_return co_await receive(length - 4);
}

// Adds settings that describe the TLS negotiation. Tests read them with SHOW, with any driver.
void session::add_negotiation_settings(wire::startup_parameters& parameters) {
    parameters.emplace_back("dsql_local.ssl_negotiation", is_direct_ ? "direct" : "postgres");
    parameters.emplace_back("dsql_local.tls_version", SSL_get_version(client_.native_handle()));
    parameters.emplace_back("dsql_local.sni", server_name_);
    parameters.emplace_back("dsql_local.alpn", negotiated_protocol());
    const bool is_dsql = settings_->shared->dialect == sql_dialect::dsql;
    parameters.emplace_back("dsql_local.dialect", is_dsql ? "dsql" : "postgres");
    parameters.emplace_back("dsql_local.rate_refusals", std::to_string(rejected_logins_));
}

// Connects before the client has logged in, so that PostgreSQL starts a process during the
// handshake. If that fails, require_backend() reports it.
asio::awaitable<void> session::connect_backend() {
    const asio::local::stream_protocol::endpoint server(settings_->backend_socket.string());
    std::tie(backend_error_) =
        co_await backend_.async_connect(server, asio::as_tuple(use_awaitable));
}

// Lets PostgreSQL prepare the session while the client sends its token. Nothing is forwarded before
// the login has succeeded; if it fails, the session is closed.
asio::awaitable<void> session::start_backend(wire::startup_parameters parameters) {
    if (backend_error_) {
        co_return;
    }
    wire::startup_message message{.protocol_version = wire::protocol_version_3_0};
    message.parameters = std::move(parameters);
    add_negotiation_settings(message.parameters);
    const std::string packet = wire::encode_startup_message(message);
    std::tie(backend_error_, std::ignore) =
        co_await asio::async_write(backend_, asio::buffer(packet), asio::as_tuple(use_awaitable));
}

void session::require_backend() const {
    if (backend_error_) {
        log("no PostgreSQL: " + backend_error_.message());
        throw wire::login_error(server_unavailable());
    }
}

// An injected delay does not count towards the client's time limit for the login.
asio::awaitable<void> session::delay_login() {
    cancel_deadline();
    co_await wait_for(strike_delay());
    start_deadline(settings_->login_timeout);
}

}  // namespace dsql_local
