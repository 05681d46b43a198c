// SPDX-License-Identifier: Apache-2.0
#include "doctor/tcp_socket.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace dsql_cli::doctor {

namespace {

using std::chrono::steady_clock;
using address_list = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

[[noreturn]] void fail(int error) {
    throw std::system_error(error, std::generic_category());
}

address_list parse(const std::string& address, int port) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
        fail(EAFNOSUPPORT);
    }
    return {found, &freeaddrinfo};
}

void wait_until_connected(int descriptor, std::chrono::milliseconds limit) {
    if (!wait_for(descriptor, POLLOUT, steady_clock::now() + limit)) {
        fail(ETIMEDOUT);
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        fail(error);
    }
}

void connect_within(int descriptor, const addrinfo& to, std::chrono::milliseconds limit) {
    if (connect(descriptor, to.ai_addr, to.ai_addrlen) != 0) {
        if (errno != EINPROGRESS) {
            fail(errno);
        }
        wait_until_connected(descriptor, limit);
    }
}

}  // namespace

bool wait_for(int descriptor, short events, steady_clock::time_point until) {
    pollfd waiting{.fd = descriptor, .events = events, .revents = 0};
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
        if (left <= 0) {
            return false;
        }
        const int ready = poll(&waiting, 1, static_cast<int>(left));
        if (ready != 0 && !(ready < 0 && errno == EINTR)) {
            return true;
        }
    }
}

bool is_v6(const std::string& address) {
    return address.find(':') != std::string::npos;
}

tcp_socket::tcp_socket(const std::string& address, int port, std::chrono::milliseconds limit) {
    const address_list to = parse(address, port);
    descriptor_ = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor_ < 0) {
        fail(errno);
    }
    try {
        connect_within(descriptor_, *to, limit);
    } catch (...) {
        close(descriptor_);
        throw;
    }
}

tcp_socket::~tcp_socket() {
    close(descriptor_);
}

}  // namespace dsql_cli::doctor
