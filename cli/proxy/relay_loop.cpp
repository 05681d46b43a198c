// SPDX-License-Identifier: Apache-2.0
#include "proxy/relay_loop.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace dsql_cli::proxy {

namespace {

unique_fd make_epoll() {
    unique_fd made(epoll_create1(EPOLL_CLOEXEC));
    if (made.get() < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make an epoll");
    }
    return made;
}

}  // namespace

relay_loop::relay_loop(proxy_log& log) : log_(log), epoll_(make_epoll()) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.descriptor(), &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot use epoll");
    }
    thread_ = std::thread([this] { run(); });
}

relay_loop::~relay_loop() {
    stop();
    thread_.join();
}

void relay_loop::add(std::unique_ptr<relay_session> session) {
    {
        const std::lock_guard lock(mutex_);
        new_sessions_.push_back(std::move(session));
    }
    wake_.set();
}

void relay_loop::stop() noexcept {
    stops_ = true;
    wake_.set();
}

void relay_loop::run() {
    std::array<epoll_event, 64> events{};
    while (!stops_) {
        const int timeout = turns_.empty() ? -1 : 0;
        const int count =
            epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.ptr == nullptr) {
                wake_.clear();
                take_new_sessions();
            } else {
                on_event(*static_cast<const watched_socket*>(event.data.ptr), event.events);
            }
        }
        give_turns();
        over_.clear();
    }
    stop_sessions();
}

void relay_loop::take_new_sessions() {
    std::vector<std::unique_ptr<relay_session>> added;
    {
        const std::lock_guard lock(mutex_);
        added.swap(new_sessions_);
    }
    for (std::unique_ptr<relay_session>& session : added) {
        auto watched = std::make_unique<watched_session>();
        relay_session* const self = session.get();
        watched->session = std::move(session);
        watched->client = {.session = self, .is_client = true};
        watched->cluster = {.session = self, .is_client = false};
        watched_session& entry = *sessions_.emplace(self, std::move(watched)).first->second;
        after_pump(entry);
    }
}

void relay_loop::on_event(const watched_socket& socket, std::uint32_t events) {
    const auto found = sessions_.find(socket.session);
    if (found == sessions_.end()) {
        return;  // it has ended with an earlier event
    }
    watched_session& of = *found->second;
    const bool is_readable = (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
    const bool is_writable = (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
    const direction from = socket.is_client ? direction::to_cluster : direction::to_client;
    const direction to = socket.is_client ? direction::to_client : direction::to_cluster;
    if (is_readable) {
        pump(of, from);
    }
    if (is_writable && of.session->is_blocked(to)) {
        pump(of, to);
    }
    after_pump(of);
}

void relay_loop::pump(watched_session& of, direction way) {
    if (!of.session->pump(way, memory_) && !of.wants_turn) {
        of.wants_turn = true;
        turns_.push_back(&of);
    }
}

void relay_loop::give_turns() {
    for (watched_session* const of : std::exchange(turns_, {})) {
        of->wants_turn = false;
        pump(*of, direction::to_cluster);
        pump(*of, direction::to_client);
        after_pump(*of);
    }
}

// While one side takes nothing, the other is not read. A socket from which nothing is wanted is not
// with epoll, which would report again and again that its peer has hung up.
void relay_loop::after_pump(watched_session& of) {
    relay_session& session = *of.session;
    if (session.is_over()) {
        end(of);
        return;
    }
    const bool client_is_full = session.is_blocked(direction::to_client);
    const bool cluster_is_full = session.is_blocked(direction::to_cluster);
    std::uint32_t client_events = client_is_full ? EPOLLOUT : 0U;
    std::uint32_t cluster_events = 0;
    if (session.has_cluster()) {
        client_events |= cluster_is_full ? 0U : EPOLLIN;
        cluster_events |= cluster_is_full ? EPOLLOUT : 0U;
        cluster_events |= client_is_full ? 0U : EPOLLIN;
    }
    const bool is_watched = watch(of.cluster, session.cluster_socket(), cluster_events) &&
                            watch(of.client, session.client_socket(), client_events);
    if (!session.has_cluster()) {
        session.close_cluster();
    }
    if (!is_watched) {
        session.stop();
        end(of);
    }
}

// Returns false if the system lacks memory or epoll's watches: the session would then hang.
bool relay_loop::watch(watched_socket& socket, int descriptor, std::uint32_t events) {
    if (events == socket.events) {
        return true;
    }
    const int change = socket.events == 0 ? EPOLL_CTL_ADD
                       : events == 0      ? EPOLL_CTL_DEL
                                          : EPOLL_CTL_MOD;
    epoll_event event{.events = events, .data = {.ptr = &socket}};
    const bool changed = epoll_ctl(epoll_.get(), change, descriptor, &event) == 0;
    socket.events = changed ? events : socket.events;
    return changed;
}

// Closing a socket does not take it out of epoll while a forked child has a copy of it.
void relay_loop::end(watched_session& over) {
    relay_session& session = *over.session;
    log_.session(session.number(), session.summary());
    static_cast<void>(watch(over.client, session.client_socket(), 0));
    static_cast<void>(watch(over.cluster, session.cluster_socket(), 0));
    std::erase(turns_, &over);
    const auto found = sessions_.find(&session);
    over_.push_back(std::move(found->second));
    sessions_.erase(found);
}

void relay_loop::stop_sessions() {
    take_new_sessions();
    for (const auto& [key, watched] : sessions_) {
        watched->session->stop();
        log_.session(watched->session->number(), watched->session->summary());
    }
    sessions_.clear();
    over_.clear();
}

}  // namespace dsql_cli::proxy
