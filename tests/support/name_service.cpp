// SPDX-License-Identifier: Apache-2.0
#include "support/name_service.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>

namespace {

using lookup = int(const char*, const char*, const addrinfo*, addrinfo**);

struct answer {
    std::vector<std::string> addresses{};
    int error = 0;
    int error_number = 0;
};

// Never destroyed, because a lookup may run while the program ends.
struct answers {
    std::mutex mutex{};
    std::condition_variable changed{};
    bool hangs = false;
    std::map<std::string, answer> set{};
    std::map<std::string, int> lookups{};
    int hanging = 0;
    int most_hanging = 0;
};
answers& all() {
    static auto* const only = new answers();
    return *only;
}

int real(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
    static auto* const next = reinterpret_cast<lookup*>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return next(name, service, hints, found);
}

void hang(std::unique_lock<std::mutex>& lock) {
    all().most_hanging = std::max(all().most_hanging, ++all().hanging);
    all().changed.notify_all();
    all().changed.wait(lock, [] { return !all().hangs; });
    --all().hanging;
    all().changed.notify_all();
}

answer answer_for(const std::string& name) {
    std::unique_lock lock(all().mutex);
    ++all().lookups[name];
    if (name.ends_with(".hanging.invalid")) {
        hang(lock);
        return {.addresses = {"127.0.0.1"}};
    }
    const auto known = all().set.find(name);
    return known != all().set.end() ? known->second : answer{.addresses = {name}};
}

}  // namespace

// Visible, so that libraries that the program uses call it too. The list of addresses is made by
// the system, so that it can free it.
extern "C" [[gnu::visibility("default")]] int getaddrinfo(const char* name, const char* service,
                                                          const addrinfo* hints, addrinfo** found) {
    if (name == nullptr) {
        return real(name, service, hints, found);
    }
    const answer given = answer_for(name);
    if (given.error != 0) {
        errno = given.error_number;
        return given.error;
    }
    addrinfo** end = found;
    for (const std::string& address : given.addresses) {
        if (const int failure = real(address.c_str(), service, hints, end); failure != 0) {
            return failure;
        }
        while (*end != nullptr) {
            end = &(*end)->ai_next;
        }
    }
    return 0;
}

name_service::name_service() {
    const std::lock_guard lock(all().mutex);
    all().hangs = true;
    all().most_hanging = 0;
    all().set.clear();
    all().lookups.clear();
}

name_service::~name_service() {
    let_hanging_names_go();
    std::unique_lock lock(all().mutex);
    all().changed.wait(lock, [] { return all().hanging == 0; });
    all().set.clear();
}

void name_service::set(const std::string& name, const std::vector<std::string>& addresses) {
    const std::lock_guard lock(all().mutex);
    all().set[name] = {.addresses = addresses};
}

void name_service::fail(const std::string& name, int error, int error_number) {
    const std::lock_guard lock(all().mutex);
    all().set[name] = {.addresses = {}, .error = error, .error_number = error_number};
}

void name_service::let_hanging_names_go() {
    const std::lock_guard lock(all().mutex);
    all().hangs = false;
    all().changed.notify_all();
}

void name_service::await_hanging(int count) const {
    std::unique_lock lock(all().mutex);
    all().changed.wait(lock, [count] { return all().hanging >= count; });
}

int name_service::hanging() const {
    const std::lock_guard lock(all().mutex);
    return all().hanging;
}

int name_service::most_hanging() const {
    const std::lock_guard lock(all().mutex);
    return all().most_hanging;
}

int name_service::lookups_of(const std::string& name) const {
    const std::lock_guard lock(all().mutex);
    const auto known = all().lookups.find(name);
    return known != all().lookups.end() ? known->second : 0;
}

int name_service::lookups() const {
    const std::lock_guard lock(all().mutex);
    int sum = 0;
    for (const auto& [name, count] : all().lookups) {
        sum += count;
    }
    return sum;
}
