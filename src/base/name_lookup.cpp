// SPDX-License-Identifier: Apache-2.0
#include "base/name_lookup.hpp"

#include <dsql/error.hpp>

#include "base/fork_guard.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace dsql::detail {

namespace {

using lookup_deadline = std::optional<std::chrono::steady_clock::time_point>;

// The most lookups with a waiting caller that run at once. Further lookups wait in a queue.
constexpr std::size_t most_lookups = 8;
// The most lookups that run at once, including abandoned ones, for which no caller waits any more.
// An abandoned lookup does not count towards `most_lookups`, so one that hangs holds up no other
// until this many hang.
constexpr std::size_t most_threads = 32;

// Shared by the callers and the thread of the lookup, because any of them may live longest. Guarded
// by the mutex of its table.
struct lookup {
    std::string host{};
    std::condition_variable_any changed{};
    std::optional<name_lookup_result> result{};
    std::size_t callers = 0;
    bool is_running = false;
    bool is_abandoned = false;  // all callers gave up while it was running
};

struct lookup_table {
    std::mutex mutex{};
    // All members below are guarded by the mutex.
    std::map<std::string, std::shared_ptr<lookup>>
        under_way{};                                // both waiting and running lookups, by host
    std::deque<std::shared_ptr<lookup>> waiting{};  // those that wait for a thread
    std::size_t wanted_threads = 0;                 // threads whose lookup is not abandoned
    std::size_t threads = 0;
};

// Global, because all connects and requests of the process share it. Never destroyed, because a
// lookup may still run while the process ends. A forked child has none of the threads, so it gets a
// new table.
lookup_table& lookups() {
    const fork_gate no_fork;  // while the variable below is initialized
    static auto* const tables = new per_process<lookup_table>();
    return tables->get();
}

std::string numeric_address(const addrinfo& info) {
    char text[NI_MAXHOST] = "";
    const int failure =
        getnameinfo(info.ai_addr, info.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    return failure == 0 ? text : "";
}

std::error_code lookup_error(int failure) noexcept {
    return failure == EAI_SYSTEM ? std::error_code(errno, std::system_category())
                                 : std::error_code(failure, address_lookup_category());
}

name_lookup_result failed_lookup(std::error_code code) {
    return {.end = lookup_end::failed,
            .addresses = {},
            .code = code,
            .why = "cannot look up the name: " + code.message()};
}

name_lookup_result look_up_or_throw(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (failure != 0) {
        return failed_lookup(lookup_error(failure));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
    name_lookup_result result{.end = lookup_end::found};
    for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
        std::string address = numeric_address(*info);
        const auto& known = result.addresses;
        if (!address.empty() && std::find(known.begin(), known.end(), address) == known.end()) {
            result.addresses.push_back(std::move(address));
        }
    }
    return result.addresses.empty() ? failed_lookup(lookup_error(EAI_NONAME)) : result;
}

// Runs on the thread of the lookup, where an exception would end the process.
name_lookup_result look_up(const std::string& host) noexcept {
    try {
        return look_up_or_throw(host);
    } catch (const std::exception&) {  // no memory, so the text must be short
        return {.end = lookup_end::failed,
                .addresses = {},
                .code = std::make_error_code(std::errc::not_enough_memory),
                .why = "out of memory"};
    }
}

// Whether a thread may run another lookup after `last`. After an abandoned lookup it may only if
// fewer than `most_lookups` threads run others, and it counts as one of them again.
bool may_go_on(lookup_table& all, const lookup& last) {
    if (!last.is_abandoned) {
        return true;
    }
    if (all.wanted_threads == most_lookups) {
        return false;
    }
    ++all.wanted_threads;
    return true;
}

// Runs lookups until none waits. This is the function of each thread. It gets a reference to its
// table, because `lookups()` may return another one while the process exits.
void run_lookups(lookup_table& all) noexcept {
    std::unique_lock lock(all.mutex);
    while (!all.waiting.empty()) {
        const std::shared_ptr<lookup> own = std::move(all.waiting.front());
        all.waiting.pop_front();
        own->is_running = true;
        lock.unlock();
        name_lookup_result result = look_up(own->host);
        lock.lock();
        all.under_way.erase(own->host);
        own->result = std::move(result);
        own->changed.notify_all();
        if (!may_go_on(all, *own)) {
            --all.threads;
            return;
        }
    }
    --all.wanted_threads;
    --all.threads;
}

// Starts a thread for a waiting lookup, unless there are enough. The thread is detached, because
// getaddrinfo cannot be stopped. It uses nothing that is destroyed before the process ends; see
// stay_loaded. Throws `std::system_error`.
void start_thread(lookup_table& all) {
    if (all.wanted_threads < most_lookups && all.threads < most_threads) {
        std::thread([&all] { run_lookups(all); }).detach();
        ++all.wanted_threads;
        ++all.threads;
    }
}

// Removes a lookup that does not run yet.
void withdraw(lookup_table& all, const std::shared_ptr<lookup>& one) noexcept {
    all.under_way.erase(one->host);
    all.waiting.erase(std::remove(all.waiting.begin(), all.waiting.end(), one), all.waiting.end());
}

// Returns the current lookup of a host, or adds one. Throws `std::system_error` when there is no
// thread for it.
std::shared_ptr<lookup> join_lookup(lookup_table& all, const std::string& host) {
    if (const auto known = all.under_way.find(host); known != all.under_way.end()) {
        return known->second;
    }
    auto added = std::make_shared<lookup>();
    added->host = host;
    try {
        all.under_way.emplace(host, added);
        all.waiting.push_back(added);
        start_thread(all);
    } catch (...) {  // no caller must wait for a lookup that was not started
        withdraw(all, added);
        throw;
    }
    return added;
}

// Called when the last caller of a lookup has given up. Removes the lookup if it does not run yet.
// Otherwise marks it as abandoned, so that another one may run in its place.
void abandon(lookup_table& all, const std::shared_ptr<lookup>& one) noexcept {
    if (!one->is_running) {
        withdraw(all, one);
        return;
    }
    if (one->is_abandoned) {
        return;
    }
    one->is_abandoned = true;
    --all.wanted_threads;
    try {
        if (!all.waiting.empty()) {
            start_thread(all);
        }
    } catch (const std::exception&) {
        // The waiting lookup starts when another one ends or is added.
    }
}

// Waits for the result, and returns whether there is one. `lock` holds the table's mutex.
bool wait_for_result(lookup_table& all, const std::shared_ptr<lookup>& shared,
                     std::unique_lock<std::mutex>& lock, lookup_deadline deadline,
                     const std::stop_token& stop) {
    const auto done = [&shared] {
        return shared->result.has_value();
    };
    ++shared->callers;
    const bool is_done = deadline ? shared->changed.wait_until(lock, stop, *deadline, done)
                                  : shared->changed.wait(lock, stop, done);
    if (--shared->callers == 0 && !is_done) {
        abandon(all, shared);
    }
    return is_done;
}

// What a caller was waiting for that gives up. With the lock.
std::string waiting_text(const lookup_table& all, const lookup& one) {
    const bool is_full = all.wanted_threads == most_lookups || all.threads == most_threads;
    if (one.is_running || !is_full) {
        return "looking up the name";
    }
    return "waiting to look up the name: " + std::to_string(all.threads) +
           " other lookups have not ended, and there can be " +
           std::to_string(all.threads < most_threads ? most_lookups : most_threads) +
           " at once; does the name server respond?";
}

}  // namespace

name_lookup_result look_up_name(const std::string& host, lookup_deadline deadline,
                                const std::stop_token& stop) {
    lookup_table& all = lookups();
    std::unique_lock lock(all.mutex);
    std::shared_ptr<lookup> shared;
    try {
        shared = join_lookup(all, host);
    } catch (const std::system_error& failure) {
        return {.end = lookup_end::no_thread,
                .addresses = {},
                .code = failure.code(),
                .why = std::string("no thread to look up the name on: ") + failure.what()};
    }
    if (wait_for_result(all, shared, lock, deadline, stop)) {
        return *shared->result;
    }
    if (stop.stop_requested()) {
        return {.end = lookup_end::stopped, .why = "stopped while looking up the name"};
    }
    return {.end = lookup_end::timed_out, .why = "timed out while " + waiting_text(all, *shared)};
}

}  // namespace dsql::detail
