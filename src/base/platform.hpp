// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include "base/file.hpp"

#include <spawn.h>

#include <cstddef>
#include <string>

// What differs between operating systems: everything here is Linux's, with glibc or musl. For
// another system, only platform.cpp must change.
namespace dsql::detail {

/// A descriptor that any thread can make readable, so that a `poll(2)` of another thread ends. It
/// stays readable.
class DSQL_EXPORT wake_event {
public:
    /// Not open, with the reason in `errno`, if the process has no descriptor left.
    wake_event() noexcept;

    [[nodiscard]] bool is_open() const noexcept { return event_.is_open(); }
    /// -1 if it is not open.
    [[nodiscard]] int descriptor() const noexcept { return event_.get(); }
    /// Thread-safe; cannot fail. Does nothing if it is not open.
    void set() const noexcept;

private:
    file_descriptor event_;
};

/// The two ends of a pipe.
struct pipe_ends {
    file_descriptor reading{};
    file_descriptor writing{};
};

/// Makes a pipe that executed programs do not inherit. Not open, with the reason in `errno`, if
/// that fails.
[[nodiscard]] pipe_ends make_pipe() noexcept;

/// Makes a socket that executed programs do not inherit. Not open, with the reason in `errno`, if
/// that fails.
[[nodiscard]] DSQL_EXPORT file_descriptor make_socket(int family, int type, int protocol) noexcept;

/// A file without a name that is only in memory, which executed programs do not inherit. Not open,
/// with the reason in `errno`, if that fails. `label` is for people who look at the process.
[[nodiscard]] DSQL_EXPORT file_descriptor make_memory_file(const char* label) noexcept;

/// A path by which this process can open a file that it has open.
[[nodiscard]] DSQL_EXPORT std::string path_of_open_file(const file_descriptor& file);

/// Overwrites memory in a way that compilers do not leave out.
void overwrite(void* data, std::size_t size) noexcept;

/// How many bytes a block of `malloc` really has.
[[nodiscard]] std::size_t allocated_size(void* block) noexcept;

/// `strtod(3)` with a point before the fraction, whatever the locale of the program is. Throws
/// `std::bad_alloc`.
[[nodiscard]] double strtod_with_point(const char* text, char** end);
/// `strtof(3)`, in the same way.
[[nodiscard]] float strtof_with_point(const char* text, char** end);

/// Lets a new process close its descriptors from `first` on. Returns an error of `errno`, or 0.
[[nodiscard]] int add_close_from(posix_spawn_file_actions_t& actions, int first) noexcept;

/// The same, for C libraries that do not offer it: closes those that are open now. A descriptor
/// that another thread opens until the process starts is inherited, if it is not close-on-exec.
[[nodiscard]] int add_close_of_open(posix_spawn_file_actions_t& actions, int first) noexcept;

}  // namespace dsql::detail
