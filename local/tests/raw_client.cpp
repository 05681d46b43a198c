// SPDX-License-Identifier: Apache-2.0
#include "raw_client.hpp"

#include "wire/messages.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace dsql_local_test {

using namespace dsql_local;

std::string message::field(char name) const {
    for (std::size_t at = 0; at < body.size() && body[at] != '\0';) {
        const std::string value = body.c_str() + at + 1;
        if (body[at] == name) {
            return value;
        }
        at += value.size() + 2;
    }
    return "";
}

std::string request_packet(wire::request_code code) {
    std::string bytes;
    wire::append_uint32(bytes, 8);
    wire::append_uint32(bytes, static_cast<std::uint32_t>(code));
    return bytes;
}

raw_client::raw_client(std::uint16_t port)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Otherwise a second small message waits for the acknowledgement of the first one.
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

raw_client::raw_client(const std::filesystem::path& unix_socket)
    : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    unix_socket.string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

void raw_client::connect_to(const sockaddr* address, unsigned size) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    set_read_limit(std::chrono::minutes(1));
    if (connect(socket_, address, size) != 0) {
        const int error = errno;
        ::close(socket_);
        throw std::runtime_error("cannot connect: " + std::generic_category().message(error));
    }
}

void raw_client::set_read_limit(std::chrono::seconds limit) {
    const timeval time{.tv_sec = static_cast<time_t>(limit.count()), .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

raw_client::~raw_client() {
    ::close(socket_);
}

bool raw_client::start_tls(const tls_choice& choice) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    // Security level 0 lets this client offer TLS versions that the endpoint must reject.
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), choice.highest_version);
    tls_.reset(SSL_new(context_.get()));
    if (!choice.ca_file.empty()) {
        SSL_CTX_load_verify_locations(context_.get(), choice.ca_file.c_str(), nullptr);
        SSL_set_verify(tls_.get(), SSL_VERIFY_PEER, nullptr);
        SSL_set1_host(tls_.get(), choice.server_name.c_str());
    }
    if (!choice.server_name.empty()) {
        // Not SSL_set_tlsext_host_name(): that macro contains a C-style cast.
        std::string name = choice.server_name;
        SSL_ctrl(tls_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    if (choice.alpn) {
        constexpr std::array<unsigned char, 11> offer = {10,  'p', 'o', 's', 't', 'g',
                                                         'r', 'e', 's', 'q', 'l'};
        SSL_set_alpn_protos(tls_.get(), offer.data(), offer.size());
    }
    SSL_set_fd(tls_.get(), socket_);
    return SSL_connect(tls_.get()) == 1;
}

bool raw_client::request_tls(const tls_choice& choice) {
    send(request_packet(wire::request_code::ssl));
    if (receive(1) != "S") {
        throw std::runtime_error("SSLRequest was not answered with S");
    }
    return start_tls(choice);
}

void raw_client::send(const std::string& bytes) {
    if (tls_) {
        SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    } else {
        ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
}

int raw_client::receive_some(char* data, std::size_t size) {
    errno = 0;
    const int count = tls_ ? SSL_read(tls_.get(), data, static_cast<int>(size))
                           : static_cast<int>(recv(socket_, data, size, 0));
    if (count <= 0) {
        timed_out_ = errno == EAGAIN || errno == EWOULDBLOCK;
        ended_cleanly_ =
            tls_ ? SSL_get_error(tls_.get(), count) == SSL_ERROR_ZERO_RETURN : count == 0;
    }
    return count;
}

std::string raw_client::receive(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const int count = receive_some(bytes.data() + have, size - have);
        if (count <= 0) {
            break;
        }
        have += static_cast<std::size_t>(count);
    }
    bytes.resize(have);
    return bytes;
}

message raw_client::receive_message() {
    const std::string header = receive(5);
    if (header.size() < 5) {
        return {};
    }
    return {header[0], receive(wire::read_uint32(header.substr(1)) - 4)};
}

bool raw_client::ended_cleanly() {
    return receive(1).empty() && ended_cleanly_;
}

void raw_client::send_startup(const wire::startup_parameters& parameters) {
    send(wire::encode_startup_message({.protocol_version = 3U << 16U, .parameters = parameters}));
}

void raw_client::send_password(const std::string& password) {
    send(wire::encode_message('p', password + '\0'));
}

message raw_client::log_in(const std::string& user, const std::string& password,
                           wire::startup_parameters more) {
    more.insert(more.begin(), {{"user", user}, {"database", "postgres"}});
    send_startup(more);
    message response = receive_message();
    if (response.type == 'R') {
        send_password(password);
    }
    while (response.type != 'Z' && response.type != 'E' && response.type != '\0') {
        response = receive_message();
    }
    return response;
}

std::string raw_client::query(const std::string& sql) {
    send(wire::encode_message('Q', sql + '\0'));
    std::string value;
    for (message part = receive_message(); part.type != 'Z'; part = receive_message()) {
        if (part.type == 'E') {
            throw std::runtime_error(part.field('M'));
        }
        if (part.type == '\0') {
            throw std::runtime_error("the connection ended in a query");
        }
        if (part.type == 'D' && value.empty()) {  // column count, length, value
            value = part.body.substr(6, wire::read_uint32(part.body.substr(2)));
        }
    }
    return value;
}

}  // namespace dsql_local_test
