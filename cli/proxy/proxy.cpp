// SPDX-License-Identifier: Apache-2.0
#include "proxy/proxy.hpp"

#include "proxy/listening_socket.hpp"
#include "proxy/local_password.hpp"
#include "proxy/proxy_log.hpp"
#include "proxy/scram.hpp"
#include "proxy/service_manager.hpp"
#include "proxy/session_starter.hpp"
#include "proxy/wake_event.hpp"

#include <poll.h>
#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace dsql_cli::proxy {

namespace {

// SIGINT, SIGTERM and SIGHUP set the event while an object of this class lives. One that was
// ignored at the start stays so: nohup means SIGHUP to be ignored, and a shell that runs a program
// in the background SIGINT.
class termination {
public:
    termination() {
        event_ = &stop_;
        struct sigaction action {};
        action.sa_handler = [](int) {
            if (const wake_event* const event = event_) {
                event->set();
            }
        };
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            struct sigaction before {};
            sigaction(signal, nullptr, &before);
            if (before.sa_handler != SIG_IGN || signal == SIGTERM) {
                sigaction(signal, &action, nullptr);
            }
        }
    }
    ~termination() { event_ = nullptr; }
    termination(const termination&) = delete;
    termination& operator=(const termination&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return stop_.descriptor(); }

private:
    static inline const wake_event* volatile event_ = nullptr;
    const wake_event stop_;
};

// A session has two sockets.
void allow_many_descriptors() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

// libpq would send these to the cluster for each client, which has settings of its own.
void forget_session_variables() {
    unsetenv("PGTZ");
    unsetenv("PGDATESTYLE");
}

// The one on the loopback interface comes last.
std::vector<listening_socket> listen_as(const proxy_options& options) {
    std::vector<listening_socket> sockets;
    if (options.listens_on_socket) {
        sockets.push_back(listening_socket::in_directory(options.socket_directory.empty()
                                                             ? default_socket_directory()
                                                             : options.socket_directory,
                                                         options.local_port));
    }
    if (options.listens_on_loopback) {
        sockets.push_back(listening_socket::on_loopback(options.local_port));
    }
    return sockets;
}

std::string role_for(const proxy_options& options) {
    return options.has_fixed_role ? "" : " -U admin";
}

void announce(const listening_socket& socket, const proxy_options& options,
              const std::string& password) {
    std::cout << "listening on " << socket.address() << '\n';
    if (socket.is_unix()) {
        const std::filesystem::path path = socket.address();
        std::cout << "    psql -h " << path.parent_path().string();
    } else {
        std::cout << "    psql -h 127.0.0.1";
    }
    if (socket.port() != 5432) {
        std::cout << " -p " << socket.port();
    }
    std::cout << role_for(options) << '\n';
    if (!socket.is_unix()) {
        if (options.password_file.empty()) {
            std::cout << "    password: " << password << '\n';
        } else {
            std::cout << "    password: in " << options.password_file.string() << '\n';
        }
    }
    std::cout << std::flush;
}

scram_verifier make_verifier(const std::string& password) {
    constexpr int iterations = 4096;
    constexpr std::size_t salt_size = 16;
    return make_scram_verifier(password, random_bytes(salt_size), iterations);
}

// Without descriptors or memory, accept fails and the client stays in the queue. A pause keeps that
// from being tried all the time.
void accept_from(const listening_socket& socket, session_starter& starter) {
    constexpr auto pause = std::chrono::milliseconds(20);
    constexpr int most_at_once = 64;
    for (int count = 0; count < most_at_once; ++count) {
        std::optional<accepted_client> client = socket.accept();
        if (!client) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
                std::this_thread::sleep_for(pause);
            }
            return;
        }
        starter.start(std::move(*client));
    }
}

void serve(const std::vector<listening_socket>& sockets, const termination& stop,
           session_starter& starter) {
    std::vector<pollfd> waiting{{.fd = stop.descriptor(), .events = POLLIN, .revents = 0}};
    for (const listening_socket& socket : sockets) {
        waiting.push_back({.fd = socket.descriptor(), .events = POLLIN, .revents = 0});
    }
    while (true) {
        poll(waiting.data(), waiting.size(), -1);
        if (waiting[0].revents != 0) {
            return;
        }
        for (std::size_t i = 0; i < sockets.size(); ++i) {
            if (waiting[i + 1].revents != 0) {
                accept_from(sockets[i], starter);
            }
        }
    }
}

}  // namespace

void run_proxy(const proxy_options& options) {
    allow_many_descriptors();
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // the log may have lost its reader
    forget_session_variables();
    const termination stop;
    proxy_log log(std::cerr);
    const std::vector<listening_socket> sockets = listen_as(options);
    const std::string password = make_local_password();
    std::optional<password_file> file;
    if (options.listens_on_loopback && !options.password_file.empty()) {
        file.emplace(options.password_file, sockets.back().port(), password);
    }
    session_starter starter(options, make_verifier(password), log);
    for (const listening_socket& socket : sockets) {
        announce(socket, options, password);
    }
    notify_ready();
    serve(sockets, stop, starter);
    log.event("stopping");
}

}  // namespace dsql_cli::proxy
