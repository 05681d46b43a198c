// SPDX-License-Identifier: Apache-2.0
// Runs queries on an event loop of your own, here one over Linux's epoll: 100 queries at the same
// time, over 8 connections, on one thread. The class event_loop has all that a loop has to do.
#include <dsql/dsql.hpp>
#include <dsql/operation.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>
#include <utility>

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

/// What a callback gets: returns the operation's result, or throws its error. Call it once.
template <class T>
using outcome = std::function<T()>;

[[noreturn]] void throw_errno(const char* function) {
    throw std::system_error(errno, std::generic_category(), function);
}

/// Owns a file descriptor.
class descriptor {
public:
    descriptor(int number, const char* function) : number_(number) {
        if (number < 0) {
            throw_errno(function);
        }
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() { close(number_); }
    [[nodiscard]] int get() const noexcept { return number_; }

private:
    int number_;
};

/// Runs operations on one thread, the only one that may use it. To cancel an operation, give it a
/// stop token. Destroying the loop gives up the operations that have not ended.
class event_loop {
public:
    event_loop() {
        if (!watch(EPOLL_CTL_ADD, wakeup_.get(), EPOLLIN, 0)) {
            throw_errno("epoll_ctl");
        }
    }

    /// Begins an operation. When it has ended, `run` calls `then` with its outcome.
    template <class T, class F>
    void start(dsql::operation<T> work, F then) {
        const std::uint64_t id = ++last_id_;
        work.on_wakeup([this, id]() noexcept { wake(id); });
        tasks_.emplace(id, std::make_unique<task_of<T, F>>(std::move(work), std::move(then)));
        make_ready(id);
    }

    /// Returns when all operations have ended, also those that callbacks have begun. What a
    /// callback throws is thrown; `run` can then be called again. Throws `std::system_error` when
    /// epoll fails.
    void run() {
        for (;;) {
            while (const std::optional<std::uint64_t> id = next_ready()) {
                advance(*id);
            }
            if (tasks_.empty()) {
                return;
            }
            wait_for_events();
        }
    }

private:
    // An operation under way, whatever its result.
    struct task {
        virtual ~task() = default;
        virtual dsql::any_operation& work() = 0;
        virtual void end() = 0;

        std::optional<clock_type::time_point> due{};  // its entry in due_
    };
    template <class T, class F>
    struct task_of final : task {
        task_of(dsql::operation<T> begun, F callback)
            : running(std::move(begun)), then(std::move(callback)) {}
        dsql::any_operation& work() override { return running; }
        void end() override {
            then([this]() -> T { return running.take(); });
        }

        dsql::operation<T> running;
        F then;
    };

    // An event may be older than the latest step, or its operation may have ended. Neither does any
    // harm: a step too many finds nothing to do, and each operation has an id of its own.
    void advance(std::uint64_t id) {
        const auto found = tasks_.find(id);
        if (found == tasks_.end()) {
            return;
        }
        task& running = *found->second;
        const dsql::wait_for what = running.work().step();
        if (what != dsql::wait_for::done) {
            wait(id, running, what);
            return;
        }
        set_due(id, running, std::nullopt);
        const auto ended = tasks_.extract(id);  // before the callback, which may throw
        ended.mapped()->end();
    }

    // Each step says anew what it waits for, so epoll reports only one event (EPOLLONESHOT). It may
    // know the socket already, from the last step or from another operation on the connection. When
    // the library closes a socket, the kernel takes it out of epoll.
    void wait(std::uint64_t id, task& running, dsql::wait_for what) {
        set_due(id, running, running.work().step_by());
        if (what == dsql::wait_for::wakeup) {
            return;
        }
        std::uint32_t events = EPOLLONESHOT;
        events |= what == dsql::wait_for::writable ? 0U : EPOLLIN;
        events |= what == dsql::wait_for::readable ? 0U : EPOLLOUT;
        const int socket = running.work().socket();
        if (!watch(EPOLL_CTL_MOD, socket, events, id) &&
            (errno != ENOENT || !watch(EPOLL_CTL_ADD, socket, events, id))) {
            throw_errno("epoll_ctl");
        }
    }

    bool watch(int change, int socket, std::uint32_t events, std::uint64_t id) noexcept {
        epoll_event wanted{};
        wanted.events = events;
        wanted.data.u64 = id;
        return epoll_ctl(epoll_.get(), change, socket, &wanted) == 0;
    }

    void wait_for_events() {
        std::array<epoll_event, 64> events;
        const int count = epoll_wait(epoll_.get(), events.data(), events.size(), timeout());
        if (count < 0 && errno != EINTR) {
            throw_errno("epoll_wait");
        }
        for (int i = 0; i < count; ++i) {
            eventfd_t wakeups = 0;
            const std::uint64_t id = events.at(static_cast<std::size_t>(i)).data.u64;
            id == 0 ? static_cast<void>(eventfd_read(wakeup_.get(), &wakeups)) : make_ready(id);
        }
        const auto now = clock_type::now();
        for (auto each = due_.begin(); each != due_.end() && each->first <= now; ++each) {
            make_ready(each->second);
        }
    }

    // In milliseconds, rounded up: a step that is too early has to be taken again.
    int timeout() const {
        if (due_.empty()) {
            return -1;
        }
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(due_.begin()->first - clock_type::now());
        return static_cast<int>(std::clamp<long long>(left.count(), 0, INT_MAX));
    }

    void set_due(std::uint64_t id, task& running, std::optional<clock_type::time_point> due) {
        if (running.due == due) {
            return;
        }
        if (running.due) {
            due_.erase({*running.due, id});
        }
        if (due) {
            due_.emplace(*due, id);
        }
        running.due = due;
    }

    // The library calls it on any thread, with locks of its own held, so it leaves the step to
    // `run`. It must not fail, because the operation would then wait forever.
    void wake(std::uint64_t id) noexcept {
        make_ready(id);
        eventfd_write(wakeup_.get(), 1);
    }

    void make_ready(std::uint64_t id) {
        const std::lock_guard lock(mutex_);
        ready_.push_back(id);
    }

    std::optional<std::uint64_t> next_ready() {
        const std::lock_guard lock(mutex_);
        if (ready_.empty()) {
            return std::nullopt;
        }
        const std::uint64_t id = ready_.front();
        ready_.pop_front();
        return id;
    }

    descriptor epoll_{epoll_create1(EPOLL_CLOEXEC), "epoll_create1"};
    descriptor wakeup_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"};
    std::mutex mutex_;
    std::deque<std::uint64_t> ready_;  // can take their next step; guarded by the mutex
    std::set<std::pair<clock_type::time_point, std::uint64_t>> due_;
    std::uint64_t last_id_ = 0;  // 0 is the id of wakeup_
    // Destroyed first, because an operation may call `wake` until it has been destroyed.
    std::unordered_map<std::uint64_t, std::unique_ptr<task>> tasks_;
};

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host}, {.max_connections = 8});
        event_loop loop;
        int total = 0;
        for (int number = 1; number <= 100; ++number) {
            loop.start(
                dsql::start_query(pool, dsql::within{1min}, "SELECT $1::int", number),
                [&total](const outcome<dsql::result>& query) { total += query()[0][0].as<int>(); });
        }
        loop.run();
        std::cout << "100 queries on one thread, total " << total << '\n';

        // A deadline ends a query under way. Its connection is closed, and the pool opens another.
        loop.start(dsql::start_query(pool, dsql::within{200ms}, "SELECT pg_sleep(60)"),
                   [](const outcome<dsql::result>& query) {
                       try {
                           query();
                       } catch (const dsql::timeout_error&) {
                           std::cout << "the deadline has ended a query\n";
                       }
                   });
        loop.run();
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
