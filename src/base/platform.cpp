// SPDX-License-Identifier: Apache-2.0
#include "base/platform.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>

namespace dsql::detail {

namespace {

struct locale_deleter {
    void operator()(locale_t locale) const noexcept { freelocale(locale); }
};

using unique_locale = std::unique_ptr<std::remove_pointer_t<locale_t>, locale_deleter>;

// The locale "C". glibc and musl have it at hand, so this is fast.
unique_locale c_locale() {
    unique_locale locale(newlocale(LC_ALL_MASK, "C", nullptr));
    if (!locale) {
        throw std::bad_alloc();
    }
    return locale;
}

}  // namespace

[[gnu::hot]] wake_event::wake_event() noexcept : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void wake_event::set() const noexcept {
    // This fails only when the counter is full, and then the descriptor is readable anyway.
    static_cast<void>(eventfd_write(event_.get(), 1));
}

pipe_ends make_pipe() noexcept {
    std::array<int, 2> ends = {-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return {};
    }
    return {.reading = file_descriptor(ends[0]), .writing = file_descriptor(ends[1])};
}

file_descriptor make_socket(int family, int type, int protocol) noexcept {
    return file_descriptor(socket(family, type | SOCK_CLOEXEC, protocol));
}

file_descriptor make_memory_file(const char* label) noexcept {
    return file_descriptor(memfd_create(label, MFD_CLOEXEC));
}

std::string path_of_open_file(const file_descriptor& file) {
    return "/proc/self/fd/" + std::to_string(file.get());
}

void overwrite(void* data, std::size_t size) noexcept {
    explicit_bzero(data, size);
}

std::size_t allocated_size(void* block) noexcept {
    return malloc_usable_size(block);
}

double strtod_with_point(const char* text, char** end) {
    return strtod_l(text, end, c_locale().get());
}

float strtof_with_point(const char* text, char** end) {
    return strtof_l(text, end, c_locale().get());
}

int add_close_from(posix_spawn_file_actions_t& actions, int first) noexcept {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    return posix_spawn_file_actions_addclosefrom_np(&actions, first);
#else
    return add_close_of_open(actions, first);
#endif
}

int add_close_of_open(posix_spawn_file_actions_t& actions, int first) noexcept {
    struct closer {
        void operator()(DIR* open) const noexcept { closedir(open); }
    };
    const std::unique_ptr<DIR, closer> open(opendir("/proc/self/fd"));
    if (!open) {
        return errno;
    }
    while (const dirent* const entry = readdir(open.get())) {
        const std::string_view name(entry->d_name);
        int descriptor = -1;  // "." and ".." are no numbers
        std::from_chars(name.data(), name.data() + name.size(), descriptor);
        if (descriptor < first) {
            continue;
        }
        if (const int error = posix_spawn_file_actions_addclose(&actions, descriptor)) {
            return error;
        }
    }
    return 0;
}

}  // namespace dsql::detail
