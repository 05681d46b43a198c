// SPDX-License-Identifier: Apache-2.0
#include "server/endpoint.hpp"

#include "server/log_text.hpp"
#include "server/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace dsql_local {
namespace {

namespace asio = boost::asio;

constexpr unsigned max_threads = 4;
constexpr std::chrono::milliseconds accept_retry_pause(50);

asio::ip::tcp::acceptor listen_on(asio::io_context& io, const asio::ip::tcp::endpoint& address) {
    try {
        return {io, address};
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot listen on " + address.address().to_string() + " port " +
                                 std::to_string(address.port()) + ": " + error.code().message() +
                                 "; choose another port with --port");
    }
}

// Lets the calling thread wait for its turn when a message wakes it, instead of interrupting the
// thread that is running. While all processors are busy, it then finds more messages each time it
// runs: on two processors, 8 clients get a tenth more prepared statements done. Programs that it
// starts are not affected. If the policy is refused, the endpoint is only slower. Source: sched(7),
// SCHED_BATCH.
void prefer_long_turns() {
    if (sched_getscheduler(0) == SCHED_OTHER) {
        const sched_param unused{};
        sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &unused);
    }
}

template <class Worker>
std::vector<std::unique_ptr<Worker>> make_workers() {
    const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1U, max_threads);
    std::vector<std::unique_ptr<Worker>> workers;
    for (unsigned i = 0; i < count; ++i) {
        workers.push_back(std::make_unique<Worker>());
    }
    return workers;
}

}  // namespace

endpoint::endpoint(const asio::ip::tcp::endpoint& address, asio::ssl::context tls,
                   session_settings settings, const std::filesystem::path& admin_socket)
    : settings_(std::make_shared<const session_settings>(std::move(settings))),
      tls_(std::move(tls)),
      workers_(make_workers<worker>()),
      acceptor_(listen_on(main_io(), address)),
      admin_(main_io(), admin_socket, {settings_->shared, &settings_->shared->faults}) {
    // The command that `run` starts must not inherit the socket, or it would keep the port busy.
    fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
}

endpoint::~endpoint() {
    for (const auto& each : workers_) {
        each->io.stop();
    }
    for (const auto& each : workers_) {
        if (each->thread.joinable()) {
            each->thread.join();
        }
    }
}

std::uint16_t endpoint::port() const {
    return acceptor_.local_endpoint().port();
}

void endpoint::start() {
    asio::co_spawn(main_io(), accept_clients(), asio::detached);
    admin_.start();
    for (const auto& each : workers_) {
        each->thread = std::thread([&which = *each] { run_worker(which); });
    }
}

asio::io_context& endpoint::next_io() {
    return workers_[static_cast<std::size_t>(session_count_ % workers_.size())]->io;
}

asio::awaitable<void> endpoint::accept_clients() {
    constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
    asio::steady_timer timer(main_io());
    while (true) {
        asio::ip::tcp::socket socket(next_io());
        const auto [error] = co_await acceptor_.async_accept(socket, no_throw);
        if (!error && try_start_session(std::move(socket))) {
            continue;
        }
        // Most likely there is no free descriptor. Clients wait in the backlog until there is one.
        timer.expires_after(accept_retry_pause);
        co_await timer.async_wait(no_throw);
    }
}

void endpoint::start_session(asio::ip::tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    const auto executor = socket.get_executor();
    const auto client =
        std::make_shared<session>(std::move(socket), tls_, settings_, ++session_count_);
    // The lambda keeps the session alive until the coroutine does.
    asio::co_spawn(
        executor, [client] { return client->serve(); }, asio::detached);
}

// A session that cannot start must not affect the others.
bool endpoint::try_start_session(asio::ip::tcp::socket socket) {
    try {
        start_session(std::move(socket));
        return true;
    } catch (const std::exception& error) {
        write_log_line(std::string("a session could not start: ") + error.what());
        return false;
    }
}

// An exception of one session must not end the endpoint.
void endpoint::run_worker(worker& which) {
    prefer_long_turns();
    const auto work = asio::make_work_guard(which.io);
    while (true) {
        try {
            which.io.run();
            return;
        } catch (const std::exception& error) {
            write_log_line(std::string("a session failed: ") + error.what());
        }
    }
}

}  // namespace dsql_local
