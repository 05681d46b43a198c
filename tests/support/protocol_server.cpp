// SPDX-License-Identifier: Apache-2.0
#include "support/protocol_server.hpp"

#include "support/loopback_socket.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace server_message {

namespace {

std::string big_endian(std::uint32_t value, int bytes) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        text += static_cast<char>((value >> shift) & 0xffU);
    }
    return text;
}

std::string zero_terminated(std::string_view text) {
    return std::string(text) + '\0';
}

}  // namespace

std::string int4(std::uint32_t value) {
    return big_endian(value, 4);
}

std::string make(char type, std::string_view content) {
    return type + int4(static_cast<std::uint32_t>(content.size() + 4)) + std::string(content);
}

std::string ready(char transaction_status) {
    return make('Z', std::string_view(&transaction_status, 1));
}

std::string command_complete(std::string_view tag) {
    return make('C', zero_terminated(tag));
}

std::string row(const std::vector<std::string>& values) {
    std::string content = big_endian(static_cast<std::uint32_t>(values.size()), 2);
    for (const std::string& value : values) {
        content += int4(static_cast<std::uint32_t>(value.size())) + value;
    }
    return make('D', content);
}

std::string columns(const std::vector<std::pair<std::string, std::uint32_t>>& names_and_types) {
    constexpr std::uint32_t of_variable_size = 0xffff;
    std::string content = big_endian(static_cast<std::uint32_t>(names_and_types.size()), 2);
    for (const auto& [name, type] : names_and_types) {
        content += zero_terminated(name) + int4(0) + big_endian(0, 2) + int4(type) +
                   big_endian(of_variable_size, 2) + int4(0xffffffffU) + big_endian(1, 2);
    }
    return make('T', content);
}

std::string row_description() {
    return columns({{"n", int4_type}});
}

std::string error(std::string_view severity, std::string_view sqlstate, std::string_view message) {
    return make('E', 'S' + zero_terminated(severity) + 'V' + zero_terminated(severity) + 'C' +
                         zero_terminated(sqlstate) + 'M' + zero_terminated(message) + '\0');
}

std::string notice(std::string_view message) {
    return make('N', 'S' + zero_terminated("NOTICE") + 'V' + zero_terminated("NOTICE") + 'C' +
                         zero_terminated("00000") + 'M' + zero_terminated(message) + '\0');
}

}  // namespace server_message

namespace {

using pkey_owner = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using certificate_owner = std::unique_ptr<X509, void (*)(X509*)>;

// Its length is that of the longest header that a client waits for, and more.
constexpr std::string_view garbage("\xff\xfe\x00\x01 garbage \x80\x81\x00\x7f\x1b[31m?!\r\n", 26);
constexpr int rows_of_select = 8;
// A handshake_failure. Source: RFC 8446, section 6.
constexpr std::string_view tls_alert("\x15\x03\x03\x00\x02\x02\x28", 7);

certificate_owner make_certificate(EVP_PKEY* key, const std::string& name) {
    certificate_owner made(X509_new(), &X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 86'400);
    X509_set_pubkey(made.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "O", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("faults"), -1, -1, 0);
    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
    X509V3_CTX context;
    X509V3_set_ctx(&context, made.get(), made.get(), nullptr, nullptr, 0);
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, ("DNS:" + name).c_str());
    X509_add_ext(made.get(), extension, -1);
    X509_EXTENSION_free(extension);
    if (X509_sign(made.get(), key, EVP_sha256()) == 0) {
        throw std::runtime_error("no certificate");
    }
    return made;
}

std::string pem_of(X509* certificate) {
    const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(memory.get(), certificate);
    std::string text(static_cast<std::size_t>(BIO_pending(memory.get())), '\0');
    BIO_read(memory.get(), text.data(), static_cast<int>(text.size()));
    return text;
}

int choose_postgresql(SSL*, const unsigned char** chosen, unsigned char* size,
                      const unsigned char* offered, unsigned int, void*) {
    *chosen = offered + 1;
    *size = *offered;
    return SSL_TLSEXT_ERR_OK;
}

void block_broken_pipes() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// Returns the port, which is another one if it was 0.
int bind_to(int socket, int port) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address = loopback_socket::address(port);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket, any, size) != 0 || getsockname(socket, any, &size) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot bind to loopback");
    }
    return ntohs(address.sin_port);
}

int listen_at(int port, int longest_queue) {
    const int listener = loopback_socket::open();
    bind_to(listener, port);
    if (listen(listener, longest_queue) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot listen on loopback");
    }
    return listener;
}

void reset_on_close(int socket) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

// One connection. A function returns false if the connection is to be closed.
class protocol_server::connection {
public:
    connection(protocol_server& of, int socket) : of_(of), socket_(socket) {
        thread_ = std::jthread([this] {
            block_broken_pipes();
            static_cast<void>(greet() && log_in() && run_statements());
            close_now();
            is_over_ = true;
        });
    }
    ~connection() {
        {
            const std::lock_guard lock(mutex_);
            if (socket_ >= 0) {
                shutdown(socket_, SHUT_RDWR);
            }
        }
        thread_.join();
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    [[nodiscard]] bool is_over() const noexcept { return is_over_; }

private:
    using sender = bool (connection::*)(std::string_view);

    void close_now() {
        tls_.reset();
        const std::lock_guard lock(mutex_);
        if (socket_ >= 0) {
            close(std::exchange(socket_, -1));
        }
    }

    // --- bytes

    bool send_raw(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    bool send_tls(std::string_view bytes) {
        return bytes.empty() ||
               SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
    }
    bool receive_raw(char* to, std::size_t size) const {
        return recv(socket_, to, size, MSG_WAITALL) == static_cast<ssize_t>(size);
    }
    bool receive_tls(char* to, std::size_t size) {
        while (size > 0) {
            const int read = SSL_read(tls_.get(), to, static_cast<int>(size));
            if (read <= 0) {
                return false;
            }
            to += read;
            size -= static_cast<std::size_t>(read);
        }
        return true;
    }
    // Reads and drops until the client closes.
    void drain() const {
        std::array<char, 16'384> dropped{};
        while (recv(socket_, dropped.data(), dropped.size(), 0) > 0) {
        }
    }
    // Waits a moment. Returns false if the client has closed.
    bool pause() const {
        pollfd client{.fd = socket_, .events = POLLRDHUP, .revents = 0};
        return poll(&client, 1, 4) == 0;
    }

    // --- strikes

    // Returns whether the connection goes on, which it does only after an error of the server.
    bool strike(strike_fault with, sender send, std::string_view right, std::string_view refusal,
                bool goes_on_after_refusal) {
        switch (with) {
            case strike_fault::refuse:
                goes_on_after_refusal = (this->*send)(refusal) && goes_on_after_refusal;
                if (!goes_on_after_refusal) {
                    shutdown(socket_, SHUT_WR);
                }
                break;
            case strike_fault::reset:
                reset_on_close(socket_);
                close_now();
                break;
            case strike_fault::stall:
                break;
            case strike_fault::half_close:
                shutdown(socket_, SHUT_WR);
                break;
            case strike_fault::garbage:
                send_garbage(send);
                break;
            case strike_fault::truncated:
                (this->*send)(right.substr(0, right.size() / 2));
                shutdown(socket_, SHUT_WR);
                break;
            case strike_fault::trickle:
                trickle(send, right);
                break;
            case strike_fault::oversize:
                flood(send);
                break;
        }
        of_.struck_->set();
        if (with == strike_fault::refuse && goes_on_after_refusal) {
            return true;
        }
        if (with != strike_fault::reset) {
            drain();
        }
        return false;
    }
    void send_garbage(sender send) {
        std::optional<std::string> own;
        {
            const std::lock_guard lock(of_.mutex_);
            own = of_.garbage_;
        }
        (this->*send)(own ? std::string_view(*own) : garbage);
        if (own) {
            shutdown(socket_, SHUT_WR);
        }
    }
    void trickle(sender send, std::string_view right) {
        for (std::size_t i = 0; i + 1 < right.size() && (this->*send)(right.substr(i, 1)); ++i) {
            of_.struck_->set();
            if (!pause()) {
                return;
            }
        }
    }
    void flood(sender send) {
        const std::string zeros(65'536, '\0');
        bool goes_on =
            send == &connection::send_raw || (this->*send)('D' + server_message::int4(0x3fffffff));
        while (goes_on) {
            goes_on = (this->*send)(zeros);
            of_.flood_bytes_ += zeros.size();
            of_.struck_->set();
        }
    }

    // --- the handshake

    // Whether the client, which speaks first, asks for TLS as libpq does before version 17.
    bool asks_for_tls() const {
        char first = 1;
        return recv(socket_, &first, 1, MSG_PEEK) == 1 && first == 0;
    }
    // Answers the request for TLS, and waits until the handshake begins. Returns false if the
    // client has closed.
    bool accept_tls() {
        std::array<char, 8> request{};
        char first = 0;
        return receive_raw(request.data(), request.size()) && send_raw("S") &&
               recv(socket_, &first, 1, MSG_PEEK) == 1;
    }
    bool greet() {
        if (const auto with = of_.next_strike(strike_point::tcp)) {
            std::string record = std::string("\x16\x03\x03\x40\x00", 5) + std::string(64, '\2');
            if (asks_for_tls()) {
                // What arrives before the client has begun its handshake is another fault.
                if (*with != strike_fault::trickle) {
                    record.insert(0, "S");
                } else if (!accept_tls()) {
                    return false;
                }
            }
            return strike(*with, &connection::send_raw, record, tls_alert, false);
        }
        if (asks_for_tls() && !accept_tls()) {
            return false;
        }
        tls_.reset(SSL_new(of_.context_.get()));
        if (const auto with = of_.next_strike(strike_point::tls)) {
            return strike(*with, &connection::send_raw, first_flight(), tls_alert, false);
        }
        SSL_set_fd(tls_.get(), socket_);
        return SSL_accept(tls_.get()) == 1;
    }
    // Reads the ClientHello and returns what the server sends then.
    std::string first_flight() {
        std::string hello(5, '\0');
        if (!receive_raw(hello.data(), hello.size())) {
            return {};
        }
        const auto size = static_cast<std::size_t>((static_cast<unsigned char>(hello[3]) << 8) |
                                                   static_cast<unsigned char>(hello[4]));
        hello.resize(5 + size);
        if (!receive_raw(&hello[5], size)) {
            return {};
        }
        BIO* const input = BIO_new(BIO_s_mem());
        BIO* const output = BIO_new(BIO_s_mem());
        SSL_set_bio(tls_.get(), input, output);
        BIO_write(input, hello.data(), static_cast<int>(hello.size()));
        SSL_accept(tls_.get());
        std::string flight(static_cast<std::size_t>(BIO_pending(output)), '\0');
        BIO_read(output, flight.data(), static_cast<int>(flight.size()));
        return flight;
    }

    // --- the login

    bool log_in() {
        using namespace server_message;
        std::string length(4, '\0');
        if (!receive_tls(length.data(), 4)) {
            return false;
        }
        std::string parameters(number_in(length) - 4, '\0');
        std::string password;
        char type = 0;
        if (!receive_tls(parameters.data(), parameters.size()) || !send_tls(make('R', int4(3))) ||
            !receive(type, password)) {
            return false;
        }
        const std::string accepted = make('R', int4(0));
        const std::string rest = settings() + make('K', int4(1) + int4(2)) + ready();
        if (const auto with = of_.next_strike(strike_point::password)) {
            return strike(*with, &connection::send_tls, accepted + rest,
                          error("FATAL", "08006", "unable to accept connection, access denied"),
                          false);
        }
        if (!send_tls(accepted)) {
            return false;
        }
        if (const auto with = of_.next_strike(strike_point::startup)) {
            return strike(*with, &connection::send_tls, rest,
                          error("FATAL", "28000", "role is not permitted to log in"), false);
        }
        ++of_.logins_;
        return send_tls(rest);
    }
    static std::string settings() {
        std::string all;
        for (const auto& [name, value] :
             std::map<std::string, std::string>{{"server_version", "16.4"},
                                                {"client_encoding", "UTF8"},
                                                {"standard_conforming_strings", "on"},
                                                {"integer_datetimes", "on"}}) {
            all += server_message::make('S', name + '\0' + value + '\0');
        }
        return all;
    }
    static std::size_t number_in(std::string_view bytes) {
        std::size_t number = 0;
        for (const char byte : bytes.substr(0, 4)) {
            number = number << 8 | static_cast<unsigned char>(byte);
        }
        return number;
    }
    bool receive(char& type, std::string& content) {
        std::string head(5, '\0');
        if (!receive_tls(head.data(), head.size())) {
            return false;
        }
        type = head[0];
        content.assign(number_in(std::string_view(head).substr(1)) - 4, '\0');
        return receive_tls(content.data(), content.size());
    }

    // --- statements

    bool run_statements() {
        char type = 0;
        std::string content;
        while (receive(type, content)) {
            if (!handle(type, content)) {
                return false;
            }
        }
        return true;
    }
    // The n-th zero-terminated text of a message.
    static std::string text_of(const std::string& content, int index) {
        std::size_t start = 0;
        for (; index > 0; --index) {
            start = content.find('\0', start) + 1;
        }
        return std::string(content.c_str() + start);
    }
    bool handle(char type, const std::string& content) {
        using namespace server_message;
        if (skips_ && type != 'S' && type != 'X') {
            return true;
        }
        switch (type) {
            case 'P':
                statements_[text_of(content, 0)] = text_of(content, 1);
                pending_ += make('1', "");
                return true;
            case 'B':
                portal_ = statements_[text_of(content, 1)];
                pending_ += make('2', "");
                return true;
            case 'D':
                if (content[0] == 'S') {
                    pending_ += parameters_of(statements_[text_of(content, 0).substr(1)]);
                }
                pending_ += description_of(
                    content[0] == 'S' ? statements_[text_of(content, 0).substr(1)] : portal_);
                return true;
            case 'E':
                return execute(portal_);
            case 'C':
                pending_ += make('3', "");
                return true;
            case 'Q':
                return execute(text_of(content, 0)) && synchronize();
            case 'S':
                return synchronize();
            case 'H':
                return flush();
            case 'd':
                return take_copy_data();
            case 'c':
                is_copying_ = false;
                pending_ += command_complete("COPY 1");
                return true;
            case 'f':
                is_copying_ = false;
                return fail(error("ERROR", "57014", "COPY from stdin failed"));
            default:
                return false;  // X
        }
    }
    bool flush() { return send_tls(std::exchange(pending_, {})); }
    bool fail(std::string_view report) {
        skips_ = true;
        transaction_ = transaction_ == 'I' ? 'I' : 'E';
        pending_ += report;
        return flush();
    }
    bool synchronize() {
        if (is_copying_) {
            return true;
        }
        skips_ = false;
        pending_ += server_message::ready(transaction_);
        const bool was_struck = std::exchange(was_struck_, false);
        const speech own = was_struck ? next_speech() : speech{};
        if (!(own.is_joined ? send_joined(own) : flush() && speak(own)) ||
            (was_struck && of_.renegotiates_ && !ask_for_handshake())) {
            return false;
        }
        const auto with = std::exchange(may_strike_after_, false)
                              ? of_.next_strike(strike_point::after_statement)
                              : std::nullopt;
        if (with) {
            of_.may_strike_->wait();
        }
        return !with ||
               strike(*with, &connection::send_tls,
                      server_message::notice(std::string(10'000, 'x')),
                      server_message::error("FATAL", "57P01", "terminating connection"), false);
    }
    // The handshake takes place when the next statement is awaited.
    bool ask_for_handshake() {
        if (!of_.has_own_certificate_) {
            const pkey_owner key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
            SSL_use_cert_and_key(tls_.get(), make_certificate(key.get(), host).get(), key.get(),
                                 nullptr, 1);
        }
        return SSL_renegotiate(tls_.get()) == 1 && SSL_do_handshake(tls_.get()) == 1;
    }
    speech next_speech() {
        const std::lock_guard lock(of_.mutex_);
        return std::exchange(of_.next_speech_, {});
    }
    bool send_joined(const speech& own) {
        for (const std::string& record : own.records) {
            pending_ += record;
        }
        const bool is_sent = flush();
        own.has_begun->set();
        return is_sent;
    }
    bool speak(const speech& own) {
        if (own.may_begin) {
            own.may_begin->wait();
        }
        for (const std::string& record : own.records) {
            if (!send_tls(record)) {
                return false;
            }
        }
        own.has_begun->set();
        if (own.when == rest_time::with_answer) {
            pending_ = own.rest;
        } else if (own.when == rest_time::on_request) {
            own.may_go_on->wait();
            send_tls(own.rest);
            own.is_over->set();
        }
        return true;
    }

    // The types of the parameters: none, or $1, a text.
    static std::string parameters_of(const std::string& sql) {
        using server_message::int4;
        constexpr std::uint32_t text_type = 25;
        return server_message::make('t', sql.find("$1") == std::string::npos
                                             ? std::string(2, '\0')
                                             : std::string("\0\1", 2) + int4(text_type));
    }
    // The library asks the catalog for the columns of the target of a COPY.
    static bool is_about_catalog(const std::string& sql) {
        return sql.find("pg_attribute") != std::string::npos;
    }
    static std::string description_of(const std::string& sql) {
        using namespace server_message;
        if (is_about_catalog(sql)) {
            constexpr std::uint32_t text_type = 25;
            constexpr std::uint32_t oid_type = 26;
            return columns({{"attname", text_type}, {"atttypid", oid_type}});
        }
        return is_select(sql) ? row_description() : make('n', "");
    }
    static bool is_select(const std::string& sql) { return sql.starts_with("SELECT"); }

    bool execute(const std::string& sql) {
        using namespace server_message;
        const bool is_struck = sql.find("struck") != std::string::npos;
        if (is_struck) {
            was_struck_ = true;
            may_strike_after_ = true;
        }
        if (sql.starts_with("COPY")) {
            return sql.find("STDIN") != std::string::npos ? begin_copy_in(is_struck)
                                                          : copy_out(is_struck);
        }
        const auto point =
            sql.starts_with("COMMIT") ? strike_point::commit : strike_point::first_query;
        if (is_struck || point == strike_point::commit) {
            if (const auto with = of_.next_strike(point)) {
                return strike_answer(*with, std::exchange(pending_, {}) + answer_to(sql), sql);
            }
        }
        const auto in_batch = is_struck ? of_.next_strike(strike_point::mid_batch) : std::nullopt;
        if (in_batch) {
            return flush() && strike_answer(*in_batch, answer_to(sql), sql);
        }
        return is_select(sql) ? select(sql, is_struck) : (pending_ += answer_to(sql), true);
    }
    std::string answer_to(const std::string& sql) {
        using namespace server_message;
        if (sql.starts_with("BEGIN")) {
            transaction_ = 'T';
            return command_complete("BEGIN");
        }
        if (sql.starts_with("COMMIT")) {
            transaction_ = 'I';
            ++of_.commits_;
            return command_complete("COMMIT");
        }
        if (sql.starts_with("ROLLBACK")) {
            transaction_ = 'I';
            return command_complete("ROLLBACK");
        }
        if (is_about_catalog(sql)) {
            return row({"n", int4(int4_type)}) + command_complete("SELECT 1");
        }
        if (is_select(sql)) {
            return rows(1, rows_of_select) + command_complete("SELECT 8");
        }
        return command_complete("INSERT 0 1");
    }
    static std::string rows(std::uint32_t first, std::uint32_t last) {
        std::string all;
        for (std::uint32_t i = first; i <= last; ++i) {
            all += server_message::row({server_message::int4(i)});
        }
        return all;
    }
    // The right answer includes the end of the exchange.
    bool strike_answer(strike_fault with, const std::string& answer, const std::string& sql) {
        const bool is_commit = sql.starts_with("COMMIT");
        if (with == strike_fault::refuse && is_commit) {
            --of_.commits_;
        }
        return strike_rest(with, answer, is_commit ? "40001" : "22012");
    }
    bool strike_rest(strike_fault with, const std::string& answer, std::string_view sqlstate) {
        using namespace server_message;
        const bool goes_on =
            strike(with, &connection::send_tls, answer + ready(transaction_),
                   error("ERROR", sqlstate,
                         sqlstate == "40001" ? "change conflicts with another transaction, please "
                                               "retry: (OC000)"
                                             : "division by zero"),
                   true);
        if (goes_on) {
            skips_ = true;
            transaction_ = transaction_ == 'T' ? 'E' : 'I';
            may_strike_after_ = false;
        }
        return goes_on;
    }
    bool select(const std::string& sql, bool is_struck) {
        const auto mid_result =
            is_struck ? of_.next_strike(strike_point::mid_result) : std::nullopt;
        const auto mid_stream =
            is_struck && !mid_result ? of_.next_strike(strike_point::mid_stream) : std::nullopt;
        if (!mid_result && !mid_stream) {
            pending_ += answer_to(sql);
            return true;
        }
        const std::uint32_t sent = mid_result ? 1 : 3;
        pending_ += rows(1, sent);
        return flush() && strike_rest(mid_result ? *mid_result : *mid_stream,
                                      rows(sent + 1, rows_of_select) +
                                          server_message::command_complete("SELECT 8"),
                                      "22012");
    }
    bool begin_copy_in(bool is_struck) {
        is_copying_ = true;
        strikes_copy_ = is_struck;
        pending_ += server_message::make('G', std::string(3, '\0'));
        return flush();
    }
    bool take_copy_data() {
        const auto with = std::exchange(strikes_copy_, false)
                              ? of_.next_strike(strike_point::copy_in)
                              : std::nullopt;
        if (!with) {
            return true;
        }
        is_copying_ = *with != strike_fault::refuse && is_copying_;
        return strike_rest(*with, server_message::command_complete("COPY 1"), "22012");
    }
    bool copy_out(bool is_struck) {
        using namespace server_message;
        // Source: PostgreSQL, "COPY", Binary Format.
        const std::string header = "PGCOPY\n\377\r\n" + std::string(9, '\0');
        const std::string tuple = std::string("\0\1", 2) + int4(4) + int4(1);
        pending_ += make('H', std::string("\1\0\1\0\1", 5)) + make('d', header + tuple);
        const std::string rest =
            make('d', tuple) + make('d', "\377\377") + make('c', "") + command_complete("COPY 2");
        if (const auto with = is_struck ? of_.next_strike(strike_point::copy_out) : std::nullopt) {
            return flush() && strike_rest(*with, rest, "22012");
        }
        pending_ += rest;
        return true;
    }

    protocol_server& of_;
    std::mutex mutex_{};
    int socket_;  // closed under the mutex
    std::unique_ptr<SSL, void (*)(SSL*)> tls_{nullptr, &SSL_free};
    std::map<std::string, std::string> statements_{};
    std::string portal_{};
    std::string pending_{};
    char transaction_ = 'I';
    bool skips_ = false;  // until the next Sync, after an error
    bool is_copying_ = false;
    bool strikes_copy_ = false;
    bool was_struck_ = false;
    bool may_strike_after_ = false;
    std::atomic<bool> is_over_ = false;
    std::jthread thread_{};
};

protocol_server::protocol_server() {
    const pkey_owner key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const certificate_owner certificate = make_certificate(key.get(), host);
    certificate_ = pem_of(certificate.get());
    context_.reset(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    SSL_CTX_use_certificate(context_.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
    SSL_CTX_set_alpn_select_cb(context_.get(), &choose_postgresql, nullptr);
    port_ = bind_to(reserving_, 0);
    listen_on_port();
}

protocol_server::~protocol_server() {
    stop_listening();
    end_connections();
    close(reserving_);
}

void protocol_server::listen_on_port() {
    listener_ = listen_at(port_, SOMAXCONN);
    accepting_ = std::jthread([this] { accept_all(); });
}

void protocol_server::stop_listening() {
    if (listener_ >= 0) {
        shutdown(listener_, SHUT_RDWR);
        if (accepting_.joinable()) {
            accepting_.join();
        }
        close(std::exchange(listener_, -1));
    }
    for (const int filler : std::exchange(fillers_, {})) {
        close(filler);
    }
}

// Makes the system drop the packets of further clients, as a network without a route back does.
void protocol_server::fill_queue() {
    listener_ = listen_at(port_, 0);
    for (int i = 0; i < 4; ++i) {
        fillers_.push_back(loopback_socket::open(SOCK_NONBLOCK));
        static_cast<void>(loopback_socket::connect_to(fillers_.back(), port_));
    }
}

void protocol_server::accept_all() {
    for (;;) {
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) {
            return;
        }
        loopback_socket::send_at_once(client);
        auto added = std::make_shared<connection>(*this, client);
        const std::lock_guard lock(mutex_);
        std::erase_if(connections_, [](const auto& each) { return each->is_over(); });
        connections_.push_back(std::move(added));
    }
}

void protocol_server::end_connections() {
    may_strike_->set();
    std::list<std::shared_ptr<connection>> ended;
    {
        const std::lock_guard lock(mutex_);
        if (last_speech_.may_begin) {
            last_speech_.may_begin->set();
        }
        last_speech_.may_go_on->set();
        ended.swap(connections_);
    }
}

void protocol_server::strike(strike_point at, strike_fault with, int times) {
    got_statement_ = false;
    {
        const std::lock_guard lock(mutex_);
        at_ = at;
        with_ = with;
        times_ = times;
    }
    if (at == strike_point::tcp && with == strike_fault::refuse) {
        stop_listening();
    } else if (at == strike_point::tcp && with == strike_fault::stall) {
        stop_listening();
        fill_queue();
    }
}

void protocol_server::set_garbage(std::string bytes) {
    const std::lock_guard lock(mutex_);
    garbage_ = std::move(bytes);
}

void protocol_server::relent() {
    {
        const std::lock_guard lock(mutex_);
        times_ = 0;
    }
    if (!accepting_.joinable()) {
        stop_listening();
        listen_on_port();
    }
}

std::optional<strike_fault> protocol_server::next_strike(strike_point at) {
    const std::lock_guard lock(mutex_);
    if (at != at_ || times_ == 0) {
        return std::nullopt;
    }
    --times_;
    got_statement_ = at >= strike_point::first_query && at != strike_point::after_statement;
    return with_;
}

void protocol_server::renegotiate(bool with_own_certificate) {
    SSL_CTX_set_max_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context_.get(), SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    has_own_certificate_ = with_own_certificate;
    renegotiates_ = true;
}

void protocol_server::plan(speech next) {
    got_statement_ = false;
    const std::lock_guard lock(mutex_);
    last_speech_ = next;
    next_speech_ = std::move(next);
}

void protocol_server::speak_unasked(std::string messages, bool joined) {
    speech next{.is_joined = joined};
    next.records.push_back(std::move(messages));
    plan(std::move(next));
}

void protocol_server::speak_in_records(std::vector<std::string> records, std::string rest,
                                       rest_time when) {
    plan({.records = std::move(records),
          .rest = std::move(rest),
          .when = when,
          .may_begin = std::make_shared<event>()});
}

void protocol_server::wait_until_spoken() {
    std::shared_ptr<event> awaited;
    {
        const std::lock_guard lock(mutex_);
        if (last_speech_.may_begin) {
            last_speech_.may_begin->set();
        }
        awaited = last_speech_.has_begun;
    }
    awaited->wait();
}

void protocol_server::speak_on() {
    std::shared_ptr<event> awaited;
    {
        const std::lock_guard lock(mutex_);
        last_speech_.may_go_on->set();
        awaited = last_speech_.is_over;
    }
    awaited->wait();
}
