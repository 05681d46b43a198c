// SPDX-License-Identifier: Apache-2.0
// The server of a test: what was sent to it, and whether libpq was used correctly.
#include "fake_libpq.hpp"

#include "fake_libpq_access.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace fake_libpq {

namespace {

// The most calls that one test may make. More are taken for an endless loop.
constexpr std::size_t most_rounds = 100'000;

server* the_server = nullptr;

}  // namespace

server::server() {
    the_server = this;
}
server::~server() {
    the_server = nullptr;
}

void server::flushes(std::vector<int> returned) {
    flushes_.assign(returned.begin(), returned.end());
}

pg_conn* server::open() {
    return access::add_connection();
}

std::string server::kinds_sent() const {
    std::string all;
    for (const sent& command : log_) {
        all.append(all.empty() ? "" : " ").append(command.kind);
    }
    return all;
}

std::size_t server::times_run(const std::string& sql) const {
    return static_cast<std::size_t>(
        std::count_if(log_.begin(), log_.end(), [&](const sent& command) {
            return (command.kind == "query" || command.kind == "execute") && command.sql == sql;
        }));
}

bool server::was_completed(const std::string& sql) const {
    return std::any_of(log_.begin(), log_.end(), [&](const sent& command) {
        return command.sql == sql && command.kind != "prepare" && command.is_completed;
    });
}

bool server::is_as_new(const pg_conn* conn) noexcept {
    return conn->verbosity == PQERRORS_DEFAULT && conn->tls_data == nullptr &&
           conn->tls_callback == nullptr;
}

std::size_t server::open_connections() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(connections_.begin(), connections_.end(),
                      [](const auto& one) { return !one->is_finished; }));
}

std::size_t server::leaks() const noexcept {
    return memory_ +
           static_cast<std::size_t>(std::count_if(
               results_.begin(), results_.end(), [](const auto& one) { return !one->is_cleared; }));
}

server& access::current() {
    return *the_server;
}

void access::violation(const std::string& what) {
    current().violations_ += what + "\n";
}

void access::check(const pg_conn* conn, const char* function) {
    if (conn == nullptr) {
        std::fprintf(stderr, "%s: no connection\n", function);
        std::abort();
    }
    if (conn->is_finished) {
        violation(std::string(function) + " after PQfinish");
    }
    if (++current().rounds_ > most_rounds) {
        std::fprintf(stderr, "%s: a loop without end; sent so far: %s\n", function,
                     current().kinds_sent().c_str());
        std::abort();
    }
}

void access::check(const pg_result* result, const char* function) {
    if (result != nullptr && result->is_cleared) {
        violation(std::string(function) + " with a result that has been cleared");
    }
}

bool access::fails(pg_conn* conn, const char* function) {
    check(conn, function);
    server& of = current();
    const bool is_it = of.calls_++ == of.fault_at_;
    if (!is_it || of.fault_ == server::fault::none) {
        return false;
    }
    if (of.fault_ != server::fault::call_fails) {
        break_connection(conn, of.fault_ == server::fault::breaks);
        return false;
    }
    return true;
}

pg_conn* access::add_connection() {
    current().connections_.push_back(std::make_unique<pg_conn>(pg_conn{.of = the_server}));
    return current().connections_.back().get();
}

pg_result* access::make_result(const item& content) {
    current().results_.push_back(
        std::make_unique<pg_result>(pg_result{.of = the_server, .content = content}));
    return current().results_.back().get();
}

char* access::allocate(const std::string& content) {
    char* const copy = static_cast<char*>(std::malloc(content.size() + 1));
    std::memcpy(copy, content.c_str(), content.size() + 1);
    ++memory();
    return copy;
}

}  // namespace fake_libpq
