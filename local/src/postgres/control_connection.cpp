// SPDX-License-Identifier: Apache-2.0
#include "postgres/control_connection.hpp"

#include "wire/messages.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace dsql_local {
namespace {

constexpr std::uint32_t control_protocol = 3U << 16U;
constexpr timeval most_for_an_answer{.tv_sec = 10, .tv_usec = 0};

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::uint16_t read_uint16(std::string_view bytes) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8U |
                                      static_cast<unsigned char>(bytes[1]));
}

// Parses a DataRow: a count, then a length and a value for each column. The length of NULL is -1.
control_connection::row parse_row(std::string_view body) {
    constexpr std::uint32_t null = 0xFFFFFFFF;
    control_connection::row values(read_uint16(body));
    body.remove_prefix(2);
    for (std::string& value : values) {
        const std::uint32_t length = wire::read_uint32(body);
        body.remove_prefix(4);
        if (length != null) {
            value = body.substr(0, length);
            body.remove_prefix(length);
        }
    }
    return values;
}

wire::startup_parameters parameters_for(std::string_view user) {
    wire::startup_parameters parameters{
        {"user", std::string(user)}, {"database", "postgres"}, {"application_name", "dsql-local"}};
    if (user == superuser_name) {  // the owner of the database could have set others
        parameters.emplace_back("search_path", "pg_catalog, pg_temp");
        parameters.emplace_back("role", "none");
    }
    return parameters;
}

}  // namespace

control_connection::control_connection(const std::filesystem::path& socket, std::string_view user)
    : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) {
        fail("cannot make a socket");
    }
    try {
        setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &most_for_an_answer,
                   sizeof most_for_an_answer);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socket.string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
        if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0) {
            fail("cannot connect to PostgreSQL");
        }
        send(wire::encode_startup_message(
            {.protocol_version = control_protocol, .parameters = parameters_for(user)}));
        receive_rows();
    } catch (...) {
        close(descriptor_);
        throw;
    }
}

// PostgreSQL ends the session when the connection is closed.
control_connection::~control_connection() {
    close(descriptor_);
}

bool control_connection::take_notification() {
    return std::exchange(is_notified_, false);
}

std::vector<control_connection::row> control_connection::query(const std::string& sql) {
    send(wire::encode_message('Q', sql + '\0'));
    return receive_rows();
}

void control_connection::send(const std::string& bytes) const {
    for (std::string_view rest = bytes; !rest.empty();) {
        const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            fail("cannot send to PostgreSQL");
        }
        rest.remove_prefix(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    }
}

std::string control_connection::receive(std::size_t size) const {
    std::string bytes(size, '\0');
    for (std::size_t filled = 0; filled < size;) {
        const ssize_t got = recv(descriptor_, bytes.data() + filled, size - filled, 0);
        if (got == 0) {
            throw std::runtime_error("PostgreSQL closed the connection");
        }
        if (got < 0 && errno != EINTR) {
            fail("cannot receive from PostgreSQL");
        }
        filled += got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    return bytes;
}

std::vector<control_connection::row> control_connection::receive_rows() {
    std::vector<row> rows;
    std::string failure;
    while (true) {
        const std::string header = receive(5);
        const std::string body = receive(wire::read_uint32(std::string_view(header).substr(1)) - 4);
        if (header[0] == 'D') {
            rows.push_back(parse_row(body));
        } else if (header[0] == 'E') {
            failure = wire::find_error_field(body, 'M');
            if (wire::find_error_field(body, 'V') == "FATAL") {
                throw std::runtime_error(failure);
            }
        } else if (header[0] == 'A') {  // NotificationResponse
            is_notified_ = true;
        } else if (header[0] == 'Z') {
            break;
        }
    }
    if (!failure.empty()) {
        throw std::runtime_error(failure);
    }
    return rows;
}

}  // namespace dsql_local
