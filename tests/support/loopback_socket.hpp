// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdint>

/// What relays need of TCP sockets on the loopback address.
namespace loopback_socket {

inline sockaddr_in address(int port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return made;
}

/// A new one, with more flags of `socket`'s type; negative when there is none to be had.
inline int open(int flags = 0) {
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

/// Has what is written sent at once.
inline void send_at_once(int socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Whether it reaches the port, or, where it does not block, is on its way.
inline bool connect_to(int socket, int port) {
    const sockaddr_in server = address(port);
    return connect(socket, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0;
}

/// Listens at a port that the system chooses, and returns it; negative when it cannot.
inline int listen_anywhere(int socket) {
    sockaddr_in chosen = address(0);
    socklen_t size = sizeof chosen;
    auto* const any = reinterpret_cast<sockaddr*>(&chosen);
    const bool listens = socket >= 0 && bind(socket, any, size) == 0 &&
                         listen(socket, SOMAXCONN) == 0 && getsockname(socket, any, &size) == 0;
    return listens ? ntohs(chosen.sin_port) : -1;
}

}  // namespace loopback_socket
