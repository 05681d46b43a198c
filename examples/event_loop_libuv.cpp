// SPDX-License-Identifier: Apache-2.0
// Runs queries on a loop of libuv: 100 queries at the same time, over 8 connections, on one thread.
#include <dsql/dsql.hpp>
#include <dsql/operation.hpp>

#include <uv.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

/// What a callback gets: returns the operation's result, or throws its error. Call it once.
template <class T>
using outcome = std::function<T()>;

void check(int status, const char* function) {
    if (status < 0) {
        throw std::runtime_error(std::string(function) + ": " + uv_strerror(status));
    }
}

/// Closes a handle of libuv, whose memory is needed until libuv says that it is closed.
struct close_handle {
    template <class H>
    void operator()(H* handle) const noexcept {
        uv_close(reinterpret_cast<uv_handle_t*>(handle),
                 [](uv_handle_t* closed) { delete reinterpret_cast<H*>(closed); });
    }
};
template <class H>
using handle_ptr = std::unique_ptr<H, close_handle>;

/// Makes a handle by one of libuv's functions `uv_..._init`.
template <class H, class Initialize>
handle_ptr<H> make_handle(void* data, Initialize initialize) {
    auto made = std::make_unique<H>();
    check(initialize(made.get()), "libuv cannot make a handle");
    made->data = data;
    return handle_ptr<H>(made.release());
}

/// Runs operations on a loop of libuv, and belongs to the loop's thread. To cancel an operation,
/// give it a stop token. Destroying this object gives up the operations that have not ended. Run
/// the loop once more afterwards, so that libuv releases its handles.
class operations {
public:
    explicit operations(uv_loop_t& loop) : loop_(loop) {
        wakeup_ = make_handle<uv_async_t>(this, [&](uv_async_t* handle) {
            return uv_async_init(&loop_, handle, [](uv_async_t* woken) {
                static_cast<operations*>(woken->data)->advance_woken();
            });
        });
        keep_loop_running(false);
    }

    /// Begins an operation. When it has ended, the loop calls `then` with its outcome. `then` must
    /// not throw, because its caller is libuv, which is C.
    template <class T, class F>
    void start(dsql::operation<T> work, F then) {
        const std::uint64_t id = ++last_id_;
        work.on_wakeup([this, id]() noexcept { wake(id); });
        tasks_.emplace(
            id, std::make_unique<task_of<T, F>>(*this, id, std::move(work), std::move(then)));
        keep_loop_running(true);
        wake(id);
    }

private:
    // An operation under way, whatever its result.
    struct task {
        task(operations& owner, std::uint64_t number) : all(owner), id(number) {}
        task(const task&) = delete;
        task& operator=(const task&) = delete;
        virtual ~task() = default;
        virtual dsql::any_operation& work() = 0;
        virtual void end() noexcept = 0;

        operations& all;
        const std::uint64_t id;
        handle_ptr<uv_poll_t> poll{};
        handle_ptr<uv_timer_t> timer{};
    };
    template <class T, class F>
    struct task_of final : task {
        task_of(operations& owner, std::uint64_t number, dsql::operation<T> begun, F callback)
            : task(owner, number), running(std::move(begun)), then(std::move(callback)) {}
        ~task_of() override { poll.reset(); }  // before the operation, which may close the socket
        dsql::any_operation& work() override { return running; }
        void end() noexcept override {
            then([this]() -> T { return running.take(); });
        }

        dsql::operation<T> running;
        F then;
    };

    void advance(task& running) noexcept {
        // libuv must forget a socket before the socket is closed. The step may close it, or give
        // the connection back to the pool, where another thread may.
        running.poll.reset();
        const dsql::wait_for what = running.work().step();
        if (what != dsql::wait_for::done) {
            wait_until_due(running);
            wait_for_socket(running, what);
            return;
        }
        const auto ended = tasks_.extract(running.id);
        keep_loop_running(!tasks_.empty());
        running.end();
    }

    void wait_for_socket(task& running, dsql::wait_for what) {
        if (what == dsql::wait_for::wakeup) {
            return;
        }
        const int events = (what == dsql::wait_for::writable ? 0 : UV_READABLE) |
                           (what == dsql::wait_for::readable ? 0 : UV_WRITABLE);
        running.poll = make_handle<uv_poll_t>(&running, [&](uv_poll_t* handle) {
            return uv_poll_init(&loop_, handle, running.work().socket());
        });
        // An error of the socket counts as an event, because the next step finds it.
        check(uv_poll_start(running.poll.get(), events,
                            [](uv_poll_t* ready, int, int) {
                                auto& of = *static_cast<task*>(ready->data);
                                of.all.advance(of);
                            }),
              "uv_poll_start");
    }

    void wait_until_due(task& running) {
        const auto due = running.work().step_by();
        if (!due) {
            running.timer.reset();
            return;
        }
        if (!running.timer) {
            running.timer = make_handle<uv_timer_t>(
                &running, [&](uv_timer_t* handle) { return uv_timer_init(&loop_, handle); });
        }
        uv_update_time(&loop_);  // a timer counts from the time that the loop knows
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - clock_type::now());
        uv_timer_start(
            running.timer.get(),
            [](uv_timer_t* ended) {
                auto& of = *static_cast<task*>(ended->data);
                of.all.advance(of);
            },
            static_cast<std::uint64_t>(std::max<std::int64_t>(left.count(), 0)), 0);
    }

    // Takes the next step of each operation that was woken and has not ended since.
    void advance_woken() noexcept {
        std::vector<std::uint64_t> woken;
        {
            const std::lock_guard lock(mutex_);
            woken.swap(woken_);
        }
        for (const std::uint64_t id : woken) {
            const auto found = tasks_.find(id);
            if (found != tasks_.end()) {
                advance(*found->second);
            }
        }
    }

    // The library calls it on any thread, with locks of its own held, so it leaves the step to the
    // loop. It must not fail, because the operation would then wait forever.
    void wake(std::uint64_t id) noexcept {
        {
            const std::lock_guard lock(mutex_);
            woken_.push_back(id);
        }
        uv_async_send(wakeup_.get());
    }

    // uv_run has to go on while an operation waits for a wakeup, and may end when there is none.
    void keep_loop_running(bool keep) noexcept {
        auto* const handle = reinterpret_cast<uv_handle_t*>(wakeup_.get());
        keep ? uv_ref(handle) : uv_unref(handle);
    }

    uv_loop_t& loop_;
    handle_ptr<uv_async_t> wakeup_;
    std::mutex mutex_;
    std::vector<std::uint64_t> woken_;  // guarded by the mutex
    std::uint64_t last_id_ = 0;
    // Destroyed first, because an operation may call `wake` until it has been destroyed.
    std::unordered_map<std::uint64_t, std::unique_ptr<task>> tasks_;
};

/// Owns a loop.
class libuv_loop {
public:
    libuv_loop() { check(uv_loop_init(&loop_), "uv_loop_init"); }
    libuv_loop(const libuv_loop&) = delete;
    libuv_loop& operator=(const libuv_loop&) = delete;
    ~libuv_loop() {
        uv_run(&loop_, UV_RUN_DEFAULT);  // for the handles that have been closed
        uv_loop_close(&loop_);
    }
    uv_loop_t& get() noexcept { return loop_; }

private:
    uv_loop_t loop_{};
};

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host}, {.max_connections = 8});
        libuv_loop loop;
        operations queries(loop.get());
        std::exception_ptr failure;
        int total = 0;
        for (int number = 1; number <= 100; ++number) {
            queries.start(dsql::start_query(pool, dsql::within{1min}, "SELECT $1::int", number),
                          [&](const outcome<dsql::result>& query) {
                              try {
                                  total += query()[0][0].as<int>();
                              } catch (...) {
                                  failure = std::current_exception();
                              }
                          });
        }
        uv_run(&loop.get(), UV_RUN_DEFAULT);
        if (failure) {
            std::rethrow_exception(failure);
        }
        std::cout << "100 queries on one thread, total " << total << '\n';

        // A deadline ends a query under way. Its connection is closed, and the pool opens another.
        queries.start(dsql::start_query(pool, dsql::within{200ms}, "SELECT pg_sleep(60)"),
                      [&](const outcome<dsql::result>& query) {
                          try {
                              query();
                          } catch (const dsql::timeout_error&) {
                              std::cout << "the deadline has ended a query\n";
                          } catch (...) {
                              failure = std::current_exception();
                          }
                      });
        uv_run(&loop.get(), UV_RUN_DEFAULT);
        if (failure) {
            std::rethrow_exception(failure);
        }
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
