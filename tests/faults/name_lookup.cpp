// SPDX-License-Identifier: Apache-2.0
#include "faults/name_lookup.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

namespace {

using lookup = int(const char*, const char*, const addrinfo*, addrinfo**);

// Never destroyed, because a lookup may run while the program ends.
struct lookups {
    std::mutex mutex{};
    std::condition_variable changed{};
    std::string name{};
    std::optional<strike_fault> with{};
    int times_relented = 0;
};
lookups& all() {
    static auto* const only = new lookups();
    return *only;
}

int real(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
    static auto* const next = reinterpret_cast<lookup*>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return next(name, service, hints, found);
}

// A list of addresses, made by the system so that it can free it.
int addresses(int first, int count, const char* service, const addrinfo* hints, addrinfo** found) {
    *found = nullptr;
    addrinfo** end = found;
    for (int i = 0; i < count; ++i) {
        const int last = first + i;  // 0: the right one
        const std::string text = last == 0 ? std::string("127.0.0.1")
                                           : "127.1." + std::to_string((1000 + last) / 250) + '.' +
                                                 std::to_string(1 + (1000 + last) % 250);
        if (const int failure = real(text.c_str(), service, hints, end); failure != 0) {
            return failure;
        }
        end = &(*end)->ai_next;
    }
    return 0;
}

void await_relenting() {
    std::unique_lock lock(all().mutex);
    const int before = all().times_relented;
    all().changed.wait(lock, [&] { return all().times_relented != before; });
}

int struck(strike_fault with, const char* service, const addrinfo* hints, addrinfo** found) {
    constexpr int many = 200;
    switch (with) {
        case strike_fault::refuse:
            return EAI_NONAME;
        case strike_fault::reset:
            return EAI_AGAIN;
        case strike_fault::half_close:
            errno = ECONNRESET;
            return EAI_SYSTEM;
        case strike_fault::garbage:
            return EAI_FAIL;
        case strike_fault::truncated:
            *found = nullptr;
            return 0;
        case strike_fault::stall:
            await_relenting();
            return EAI_AGAIN;
        case strike_fault::trickle:
            await_relenting();
            return addresses(1, 1, service, hints, found);
        case strike_fault::oversize:
            return addresses(1 - many, many, service, hints, found);
    }
    return EAI_FAIL;
}

}  // namespace

void name_lookup::strike(const char* name, strike_fault with) {
    const std::lock_guard lock(all().mutex);
    all().name = name;
    all().with = with;
}

void name_lookup::relent() {
    const std::lock_guard lock(all().mutex);
    all().with.reset();
    ++all().times_relented;
    all().changed.notify_all();
}

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    std::optional<strike_fault> with;
    bool is_known = false;
    {
        const std::lock_guard lock(all().mutex);
        is_known = name != nullptr && all().name == name;
        with = all().with;
    }
    if (!is_known) {
        return real(name, service, hints, found);
    }
    return with ? struck(*with, service, hints, found) : addresses(0, 1, service, hints, found);
}
