// SPDX-License-Identifier: Apache-2.0
#include "support/fault_injection.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <utility>

namespace {

class unix_socket {
public:
    explicit unix_socket(const std::string& path) : handle_(socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        if (connect(handle_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
            close(handle_);
            throw std::runtime_error("no admin socket at \"" + path + "\"");
        }
    }
    ~unix_socket() { close(handle_); }
    unix_socket(const unix_socket&) = delete;
    unix_socket& operator=(const unix_socket&) = delete;

    void send(const std::string& text) const {
        if (write(handle_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            throw std::runtime_error("the admin socket takes no request");
        }
    }
    [[nodiscard]] std::string receive_line() const {
        std::string line;
        char c = '\0';
        while (read(handle_, &c, 1) == 1) {
            if (c == '\n') {
                return line;
            }
            line += c;
        }
        throw std::runtime_error("the admin socket was closed");
    }

private:
    int handle_;
};

std::string default_path() {
    const char* const path = std::getenv("DSQL_LOCAL_ADMIN_SOCKET");
    return path == nullptr ? std::string() : path;
}

}  // namespace

fault_injection::fault_injection(std::string socket_path)
    : path_(socket_path.empty() ? default_path() : std::move(socket_path)) {
    clear();
}

fault_injection::~fault_injection() {
    try {
        clear();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "faults are still set: %s\n", failure.what());
    }
}

std::string fault_injection::request(const std::string& line) const {
    const unix_socket admin(path_);
    admin.send(line + "\n");
    std::string answer;
    while (true) {
        const std::string received = admin.receive_line();
        if (received == "ok") {
            return answer;
        }
        if (received.rfind("error ", 0) == 0) {
            throw std::runtime_error(line + ": " + received);
        }
        answer += received + "\n";
    }
}
