// SPDX-License-Identifier: Apache-2.0
#include "postgres/postgres_probe.hpp"

#include "postgres/cluster_schema.hpp"
#include "wire/messages.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

namespace dsql_local {
namespace {

constexpr std::uint32_t protocol_3_0 = 3U << 16U;

class unix_client {
public:
    unix_client() : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval second{.tv_sec = 1, .tv_usec = 0};
        setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    }
    ~unix_client() {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
    }
    unix_client(const unix_client&) = delete;
    unix_client& operator=(const unix_client&) = delete;

    bool connect(const std::string& path) const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
        return ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                         sizeof address) == 0;
    }

    bool send(const std::string& bytes) const {
        return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }

    char receive_byte() const {
        char byte = '\0';
        return recv(descriptor_, &byte, 1, 0) == 1 ? byte : '\0';
    }

private:
    int descriptor_;
};

}  // namespace

bool accepts_connections(const std::filesystem::path& socket) {
    const unix_client client;
    const wire::startup_message hello{
        .protocol_version = protocol_3_0,
        .parameters = {{"user", std::string(superuser_name)}, {"database", "postgres"}}};
    // The first response is an authentication message ('R') only if the server is ready.
    if (!client.connect(socket.string()) || !client.send(wire::encode_startup_message(hello)) ||
        client.receive_byte() != 'R') {
        return false;
    }
    client.send(wire::encode_message('X', ""));
    return true;
}

}  // namespace dsql_local
