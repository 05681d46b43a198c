// SPDX-License-Identifier: Apache-2.0
#include "processes/moments.hpp"

#include "base/fork_guard.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bitset>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace moments {

namespace {

enum class phase { idle, counting, stopped, over };

constexpr int most_descriptors = 64;
constexpr std::size_t most_found = 64;

struct found_text {
    std::array<char, 64> what{};
    std::array<char, 64> from{};
    bool in_gate = false;
};

// Nothing here has a constructor: the functions below run before those of other files.
constinit std::atomic<phase> now = phase::idle;
constinit std::atomic<std::uint64_t> seen = 0;
constinit std::uint64_t chosen = 0;
constinit std::array<void*, 64> where{};
constinit int where_size = 0;
constinit std::atomic<bool> watching = false;
constinit std::atomic<std::uint64_t> looked = 0;
constinit std::bitset<most_descriptors> open_before{};
constinit std::atomic_flag list_is_used{};
constinit std::array<found_text, most_found> found{};  // guarded by list_is_used
constinit std::size_t found_size = 0;                  // guarded by list_is_used
// Whether the moments of this thread do not count: it chooses them, or is inside of one.
constinit thread_local bool ignored = false;

// Not fcntl, which is replaced below.
bool is_inherited(int descriptor) noexcept {
    const long flags = syscall(SYS_fcntl, descriptor, F_GETFD);
    return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

template <std::size_t Size>
void copy_text(std::array<char, Size>& to, std::string_view text) noexcept {
    const std::size_t size = std::min(text.size(), Size - 1);
    std::copy_n(text.begin(), size, to.begin());
    to[size] = '\0';
}

// What a descriptor is: the path of a file, or the kind of another thing. Empty if it was closed.
std::array<char, 64> kind_of(int descriptor) noexcept {
    std::array<char, 64> kind{};
    int domain = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0) {
        copy_text(kind, domain == AF_UNIX ? "local socket" : "socket");
        return kind;
    }
    std::array<char, 32> link{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
    std::array<char, 256> target{};
    const ssize_t length = readlink(link.data(), target.data(), target.size());
    const std::string_view text(target.data(), static_cast<std::size_t>(length < 0 ? 0 : length));
    copy_text(kind, text.substr(0, text.find(':')));
    return kind;
}

void note(int descriptor, const void* caller) noexcept {
    found_text one{.what = kind_of(descriptor)};
    one.in_gate = dsql::detail::fork_gate::is_in_use();
    if (!is_inherited(descriptor)) {
        return;  // another thread has closed it meanwhile, and then left the gate
    }
    Dl_info library{};
    const bool is_known = dladdr(caller, &library) != 0 && library.dli_fname != nullptr;
    const std::string_view path = is_known ? library.dli_fname : "?";
    copy_text(one.from, path.substr(path.rfind('/') + 1));
    while (list_is_used.test_and_set()) {
    }
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(found_size);
    const bool is_new = std::none_of(found.begin(), end, [&one](const found_text& known) {
        return known.what == one.what && known.in_gate == one.in_gate;
    });
    if (is_new && found_size < most_found) {
        found[found_size++] = one;
    }
    list_is_used.clear();
}

void look_at_descriptors(const void* caller) noexcept {
    ++looked;
    for (int descriptor = 0; descriptor < most_descriptors; ++descriptor) {
        if (!open_before[static_cast<std::size_t>(descriptor)] && is_inherited(descriptor)) {
            note(descriptor, caller);
        }
    }
}

void count_moment() noexcept {
    if (++seen != chosen) {
        return;
    }
    where_size = backtrace(where.data(), static_cast<int>(where.size()));
    phase expected = phase::counting;
    if (now.compare_exchange_strong(expected, phase::stopped)) {
        now.notify_all();
        now.wait(phase::stopped);
    }
}

// One moment of the calling thread.
void pass(const void* caller) noexcept {
    const bool counts = now.load(std::memory_order_relaxed) == phase::counting;
    if (ignored || (!counts && !watching.load(std::memory_order_relaxed))) {
        return;
    }
    ignored = true;
    const int error = errno;
    if (watching) {
        look_at_descriptors(caller);
    }
    if (counts && !dsql::detail::fork_gate::is_inside()) {
        count_moment();
    }
    errno = error;
    ignored = false;
}

template <class Function>
Function* next_function(const char* name) noexcept {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

void stop_at(std::uint64_t nth) noexcept {
    ignored = true;
    std::array<void*, 2> first{};
    backtrace(first.data(), static_cast<int>(first.size()));  // the first call loads a library
    seen = 0;
    chosen = nth;
    now = phase::counting;
}

bool await_stop() noexcept {
    now.wait(phase::counting);
    return now == phase::stopped;
}

void end() noexcept {
    phase expected = phase::counting;
    now.compare_exchange_strong(expected, phase::over);
    now.notify_all();
}

void go_on() noexcept {
    now = phase::idle;
    now.notify_all();
}

std::uint64_t count() noexcept {
    return seen;
}

void print_where() noexcept {
    backtrace_symbols_fd(where.data(), where_size, STDERR_FILENO);
}

void watch_descriptors() noexcept {
    ignored = true;
    for (int descriptor = 0; descriptor < most_descriptors; ++descriptor) {
        open_before[static_cast<std::size_t>(descriptor)] = is_inherited(descriptor);
    }
    watching = true;
}

std::vector<inherited_descriptor> found_descriptors() {
    watching = false;
    std::vector<inherited_descriptor> all;
    for (std::size_t i = 0; i < found_size; ++i) {
        all.push_back({.what = found[i].what.data(),
                       .from = found[i].from.data(),
                       .in_gate = found[i].in_gate});
    }
    return all;
}

std::uint64_t looks() noexcept {
    return looked;
}

}  // namespace moments

// The functions of the C library, each with a moment after it where it makes something that a
// forked or executed program could see, and before it where it does not.
// NOLINTBEGIN(misc-use-internal-linkage, bugprone-reserved-identifier, cert-dcl*)
#pragma GCC visibility push(default)
extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);

void* malloc(std::size_t size) {
    moments::pass(__builtin_return_address(0));
    return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
    moments::pass(__builtin_return_address(0));
    return __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) {
    moments::pass(__builtin_return_address(0));
    return __libc_realloc(memory, size);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
    static const auto original = moments::next_function<decltype(pthread_mutex_lock)>(__func__);
    const int result = original(mutex);
    moments::pass(__builtin_return_address(0));
    return result;
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
    static const auto original = moments::next_function<decltype(pthread_rwlock_rdlock)>(__func__);
    const int result = original(lock);
    moments::pass(__builtin_return_address(0));
    return result;
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
    static const auto original = moments::next_function<decltype(pthread_rwlock_wrlock)>(__func__);
    const int result = original(lock);
    moments::pass(__builtin_return_address(0));
    return result;
}

int socket(int domain, int type, int protocol) {
    static const auto original = moments::next_function<decltype(socket)>(__func__);
    const int result = original(domain, type, protocol);
    moments::pass(__builtin_return_address(0));
    return result;
}

int socketpair(int domain, int type, int protocol, int* ends) {
    static const auto original = moments::next_function<decltype(socketpair)>(__func__);
    const int result = original(domain, type, protocol, ends);
    moments::pass(__builtin_return_address(0));
    return result;
}

int pipe(int* ends) {
    static const auto original = moments::next_function<decltype(pipe)>(__func__);
    const int result = original(ends);
    moments::pass(__builtin_return_address(0));
    return result;
}

int pipe2(int* ends, int flags) {
    static const auto original = moments::next_function<decltype(pipe2)>(__func__);
    const int result = original(ends, flags);
    moments::pass(__builtin_return_address(0));
    return result;
}

int eventfd(unsigned int start, int flags) {
    static const auto original = moments::next_function<decltype(eventfd)>(__func__);
    const int result = original(start, flags);
    moments::pass(__builtin_return_address(0));
    return result;
}

int connect(int socket, const sockaddr* address, socklen_t length) {
    static const auto original = moments::next_function<decltype(connect)>(__func__);
    moments::pass(__builtin_return_address(0));
    return original(socket, address, length);
}

ssize_t send(int socket, const void* data, std::size_t size, int flags) {
    static const auto original = moments::next_function<decltype(send)>(__func__);
    moments::pass(__builtin_return_address(0));
    return original(socket, data, size, flags);
}

ssize_t recv(int socket, void* data, std::size_t size, int flags) {
    static const auto original = moments::next_function<decltype(recv)>(__func__);
    moments::pass(__builtin_return_address(0));
    return original(socket, data, size, flags);
}

ssize_t read(int descriptor, void* data, std::size_t size) {
    static const auto original = moments::next_function<decltype(read)>(__func__);
    moments::pass(__builtin_return_address(0));
    return original(descriptor, data, size);
}

ssize_t write(int descriptor, const void* data, std::size_t size) {
    static const auto original = moments::next_function<decltype(write)>(__func__);
    moments::pass(__builtin_return_address(0));
    return original(descriptor, data, size);
}

int poll(pollfd* entries, nfds_t size, int timeout) {
    static const auto original = moments::next_function<decltype(poll)>(__func__);
    moments::pass(__builtin_return_address(0));
    return original(entries, size, timeout);
}

int close(int descriptor) {
    static const auto original = moments::next_function<decltype(close)>(__func__);
    moments::pass(__builtin_return_address(0));
    return original(descriptor);
}
}
#pragma GCC visibility pop
// NOLINTEND(misc-use-internal-linkage, bugprone-reserved-identifier, cert-dcl*)
