// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/resolver.hpp"

#include <dsql/error.hpp>

#include "base/fork_guard.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace dsql::pg {

namespace {

struct lookup_result {
    std::vector<std::string> addresses{};
    std::error_code failure{};
};

// Shared by the callers and the thread of the lookup, because any of them may live longest.
struct lookup {
    std::mutex mutex{};
    std::condition_variable_any changed{};
    std::optional<lookup_result> result{};  // guarded by mutex
};

// The current lookups by host. Callers that look up the same name share one, so that a resolver
// that does not respond holds one thread for each name and not one for each connect.
struct lookup_table {
    std::mutex mutex{};
    std::map<std::string, std::shared_ptr<lookup>> under_way{};  // guarded by mutex
};

// Global, because all connects of the process share it. Never destroyed, because a lookup may still
// run while the process ends. A forked child has none of the threads, so it gets a new table.
lookup_table& lookups() {
    static auto* const tables = new detail::per_process<lookup_table>();
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

lookup_result look_up_or_throw(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (failure != 0) {
        return {.addresses = {}, .failure = lookup_error(failure)};
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
    lookup_result result;
    for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
        std::string address = numeric_address(*info);
        const auto& known = result.addresses;
        if (!address.empty() && std::find(known.begin(), known.end(), address) == known.end()) {
            result.addresses.push_back(std::move(address));
        }
    }
    if (result.addresses.empty()) {
        result.failure = lookup_error(EAI_NONAME);
    }
    return result;
}

// Runs on the thread of the lookup, where an exception would end the process.
lookup_result look_up(const std::string& host) noexcept {
    try {
        return look_up_or_throw(host);
    } catch (const std::exception&) {
        return {.addresses = {}, .failure = std::make_error_code(std::errc::not_enough_memory)};
    }
}

void run(const std::string& host, lookup& own) noexcept {
    lookup_result result = look_up(host);
    {
        lookup_table& all = lookups();
        const std::lock_guard lock(all.mutex);
        all.under_way.erase(host);
    }
    const std::lock_guard lock(own.mutex);
    own.result = std::move(result);
    own.changed.notify_all();
}

// Returns the current lookup of a host, or starts one. It runs on a detached thread, because
// getaddrinfo cannot be stopped. That thread uses nothing that is destroyed before the process
// ends; see stay_loaded.
std::shared_ptr<lookup> join_lookup(const std::string& host) {
    lookup_table& all = lookups();
    const std::lock_guard lock(all.mutex);
    if (const auto known = all.under_way.find(host); known != all.under_way.end()) {
        return known->second;
    }
    const auto begun = std::make_shared<lookup>();
    const auto entry = all.under_way.emplace(host, begun).first;
    try {
        std::thread([host, begun] { run(host, *begun); }).detach();
    } catch (const std::system_error& failure) {
        all.under_way.erase(entry);
        throw connection_error(
            connection_phase::resolve,
            "connecting to " + host + ": no thread to look up the name on: " + failure.what(),
            connection_cause{.code = failure.code()});
    } catch (...) {  // no memory: no caller must wait for a lookup that was not started
        all.under_way.erase(entry);
        throw;
    }
    return begun;
}

bool wait_for_result(lookup& shared, std::unique_lock<std::mutex>& lock, const deadline& until,
                     const std::stop_token& stop) {
    const auto done = [&shared] {
        return shared.result.has_value();
    };
    return until.at() ? shared.changed.wait_until(lock, stop, *until.at(), done)
                      : shared.changed.wait(lock, stop, done);
}

}  // namespace

std::vector<std::string> resolve(const std::string& host, const deadline& until,
                                 const std::stop_token& stop) {
    const std::shared_ptr<lookup> shared = join_lookup(host);
    std::unique_lock lock(shared->mutex);
    if (!wait_for_result(*shared, lock, until, stop)) {
        if (stop.stop_requested()) {
            throw cancelled_error("connecting to " + host + ": stopped while looking up the name");
        }
        throw timeout_error("connecting to " + host + ": timed out while looking up the name");
    }
    if (const std::error_code failure = shared->result->failure) {
        throw connection_error(
            connection_phase::resolve,
            "connecting to " + host + ": cannot look up the name: " + failure.message(),
            connection_cause{.code = failure});
    }
    return shared->result->addresses;
}

}  // namespace dsql::pg
