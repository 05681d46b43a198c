// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/proxy_log.hpp"
#include "proxy/relay_session.hpp"
#include "proxy/unique_fd.hpp"
#include "proxy/wake_event.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace dsql_cli::proxy {

/// A thread that relays the bytes of many sessions, with epoll. `add` and `stop` are thread-safe.
class relay_loop {
public:
    /// `log` must outlive the loop. Throws std::system_error.
    explicit relay_loop(proxy_log& log);
    /// Stops the loop and waits for its thread.
    ~relay_loop();
    relay_loop(const relay_loop&) = delete;
    relay_loop& operator=(const relay_loop&) = delete;

    /// Hands a session over to the loop.
    void add(std::unique_ptr<relay_session> session);

    /// Ends all sessions, with an error message for their clients, and then the thread.
    void stop() noexcept;

private:
    using direction = relay_session::direction;

    // One of the two sockets of a session, as epoll knows it.
    struct watched_socket {
        relay_session* session = nullptr;
        bool is_client = false;
        std::uint32_t events = 0;  // 0: not with epoll
    };

    struct watched_session {
        std::unique_ptr<relay_session> session{};
        watched_socket client{};
        watched_socket cluster{};
        bool wants_turn = false;  // is in turns_
    };

    void run();
    void take_new_sessions();
    void on_event(const watched_socket& socket, std::uint32_t events);
    void pump(watched_session& of, direction way);
    void give_turns();
    void after_pump(watched_session& of);
    [[nodiscard]] bool watch(watched_socket& socket, int descriptor, std::uint32_t events);
    void end(watched_session& over);
    void stop_sessions();

    proxy_log& log_;
    const unique_fd epoll_;
    const wake_event wake_;
    std::atomic<bool> stops_ = false;
    std::mutex mutex_;
    std::vector<std::unique_ptr<relay_session>> new_sessions_;  // guarded by mutex_

    // Of the thread alone.
    chunk_memory memory_;
    std::unordered_map<const relay_session*, std::unique_ptr<watched_session>> sessions_;
    std::vector<watched_session*> turns_;  // sessions that were interrupted for others
    std::vector<std::unique_ptr<watched_session>> over_;  // until no event can refer to them

    std::thread thread_;
};

}  // namespace dsql_cli::proxy
