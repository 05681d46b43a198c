// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/resolver.hpp"

#include <dsql/error.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace dsql::pg {

namespace {

struct lookup_result {
    std::vector<std::string> addresses{};
    std::string failure{};
};

// Shared by the caller and the thread that looks up, whichever of them lives longer.
struct lookup {
    std::mutex mutex{};
    std::condition_variable_any changed{};
    std::optional<lookup_result> result{};  // guarded by mutex
};

std::string numeric_address(const addrinfo& info) {
    char text[NI_MAXHOST] = "";
    const int failure =
        getnameinfo(info.ai_addr, info.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    return failure == 0 ? text : "";
}

lookup_result look_up_or_throw(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (failure != 0) {
        return {.addresses = {}, .failure = gai_strerror(failure)};
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
        result.failure = "the name has no address";
    }
    return result;
}

// On a thread of its own, where nobody would catch anything.
lookup_result look_up(const std::string& host) noexcept {
    try {
        return look_up_or_throw(host);
    } catch (const std::exception&) {
        return {};
    }
}

// On a thread that is left to itself when nobody waits any more: getaddrinfo cannot be stopped.
// It uses nothing that goes before the process does; see stay_loaded.
void start(const std::string& host, const std::shared_ptr<lookup>& shared) {
    try {
        std::thread([host, shared] {
            lookup_result result = look_up(host);
            const std::lock_guard lock(shared->mutex);
            shared->result = std::move(result);
            shared->changed.notify_all();
        }).detach();
    } catch (const std::system_error& failure) {
        throw connection_error(
            connection_phase::resolve,
            "connecting to " + host + ": no thread to look up the name on: " + failure.what());
    }
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
    const auto shared = std::make_shared<lookup>();
    start(host, shared);
    std::unique_lock lock(shared->mutex);
    if (!wait_for_result(*shared, lock, until, stop)) {
        if (stop.stop_requested()) {
            throw cancelled_error("connecting to " + host + ": stopped while looking up the name");
        }
        throw timeout_error("connecting to " + host + ": timed out while looking up the name");
    }
    const std::string& failure = shared->result->failure;
    if (shared->result->addresses.empty()) {
        throw connection_error(connection_phase::resolve,
                               "connecting to " + host + ": cannot look up the name: " +
                                   (failure.empty() ? "out of memory" : failure));
    }
    return shared->result->addresses;
}

}  // namespace dsql::pg
