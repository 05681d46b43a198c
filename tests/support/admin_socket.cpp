// SPDX-License-Identifier: Apache-2.0
#include "support/admin_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>

std::string ask_admin(const std::string& socket_path, const std::string& request) {
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    std::string received;
    const std::string line = request + "\n";
    if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        send(descriptor, line.data(), line.size(), MSG_NOSIGNAL) > 0) {
        shutdown(descriptor, SHUT_WR);
        std::array<char, 4096> chunk{};
        for (ssize_t size = 1; size > 0;) {
            size = read(descriptor, chunk.data(), chunk.size());
            received.append(chunk.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        }
    }
    close(descriptor);
    return received;
}
