// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdint>

/// Helpers of the relays for TCP sockets on the loopback address.
namespace loopback_socket {

inline sockaddr_in address(int port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return made;
}

/// Creates a socket with additional flags for its type. Returns a negative number on error.
inline int open(int flags = 0) {
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

/// Disables Nagle's algorithm, so that data is sent at once.
inline void send_at_once(int socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Connects to the port. Returns false on error; for a non-blocking socket that includes
/// EINPROGRESS.
inline bool connect_to(int socket, int port) {
    const sockaddr_in server = address(port);
    return connect(socket, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0;
}

/// Listens on a port that the system chooses. Returns the port, or a negative number on error.
inline int listen_anywhere(int socket) {
    sockaddr_in chosen = address(0);
    socklen_t size = sizeof chosen;
    auto* const any = reinterpret_cast<sockaddr*>(&chosen);
    const bool listens = socket >= 0 && bind(socket, any, size) == 0 &&
                         listen(socket, SOMAXCONN) == 0 && getsockname(socket, any, &size) == 0;
    return listens ? ntohs(chosen.sin_port) : -1;
}

}  // namespace loopback_socket
