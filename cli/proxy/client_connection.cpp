// SPDX-License-Identifier: Apache-2.0
#include "proxy/client_connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace dsql_cli::proxy {

namespace {

transfer transferred(ssize_t size) noexcept {
    if (size > 0) {
        return {.state = transfer_state::done, .size = static_cast<std::size_t>(size)};
    }
    const bool is_blocked = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return {.state = is_blocked ? transfer_state::blocked : transfer_state::ended};
}

}  // namespace

transfer client_connection::read(char* buffer, std::size_t capacity) const noexcept {
    return transferred(recv(socket_.get(), buffer, capacity, 0));
}

transfer client_connection::write(std::string_view bytes) const noexcept {
    return transferred(send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

void client_connection::discard_input() const noexcept {
    constexpr int most_reads = 64;  // for a client that sends without end
    std::array<char, 16'384> ignored{};
    for (int reads = 0; reads < most_reads; ++reads) {
        if (read(ignored.data(), ignored.size()).state != transfer_state::done) {
            return;
        }
    }
}

void login_stream::wait(short events) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - clock::now());
    std::array<pollfd, 2> waiting{
        pollfd{.fd = connection_.socket(), .events = events, .revents = 0},
        pollfd{.fd = stop_, .events = POLLIN, .revents = 0}};
    const int ready = poll(waiting.data(), waiting.size(),
                           static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (waiting[1].revents != 0) {
        throw client_gone("the proxy stopped during the login");
    }
    if (ready == 0) {
        throw client_gone("the client did not log in in time");
    }
}

std::string login_stream::read(std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t at = 0;
    while (at < size) {
        const transfer part = connection_.read(bytes.data() + at, size - at);
        if (part.state == transfer_state::ended) {
            throw client_gone("the client left during the login");
        }
        if (part.state == transfer_state::blocked) {
            wait(POLLIN);
        }
        at += part.size;
    }
    return bytes;
}

void login_stream::write(std::string_view bytes) const {
    while (!bytes.empty()) {
        const transfer part = connection_.write(bytes);
        if (part.state == transfer_state::ended) {
            throw client_gone("the client left during the login");
        }
        if (part.state == transfer_state::blocked) {
            wait(POLLOUT);
        }
        bytes.remove_prefix(part.size);
    }
}

}  // namespace dsql_cli::proxy
