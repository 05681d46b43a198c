// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/secret_string.hpp>

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace dsql::detail {

/// What `read_file` takes.
struct file_rules {
    /// A longer content is an error.
    std::size_t max_size = 1'048'576;
    /// Whether a character device will do: /dev/null stands for an empty file.
    bool may_be_device = false;
    /// How long to wait for somebody to open a pipe for writing; zero: somebody has to have done
    /// so.
    std::chrono::milliseconds writer_wait{0};
};

/// A file that cannot be read: the reason alone. It names neither the path nor the content.
class DSQL_EXPORT unreadable_file : public error {
public:
    unreadable_file(const std::string& reason, bool is_missing)
        : error(reason), is_missing_(is_missing) {}

    /// Whether there is no such file.
    [[nodiscard]] bool is_missing() const noexcept { return is_missing_; }

private:
    bool is_missing_;
};

/// The content of a file that configuration or environment names, and that may hold a secret. A
/// pipe is read to its end, as a shell's `<(command)` makes one, its writer may take a minute. What
/// else is no regular file is refused: a directory, a socket, a block device. So this ends,
/// whatever the path names. Throws `unreadable_file`; `timeout_error` or `cancelled_error` when a
/// limit strikes while a pipe has nothing to read.
[[nodiscard]] DSQL_EXPORT secret_string read_file(const std::string& path, const file_rules& rules,
                                                  const call_limits& limits = {});

/// The content of a small file that holds a secret. Throws `credentials_error`, which names the
/// path and never the content, for what cannot be read, and what limits throw.
[[nodiscard]] secret_string read_secret_file(const std::string& path, std::size_t max_size,
                                             const call_limits& limits = {});

/// The longest file that is read: longer than any of those that are configured, and short enough to
/// be held whatever somebody has put in its place. 16 MiB.
inline constexpr std::size_t longest_file = 16'777'216;

/// Why a file is not to be given to a library that reads it by its name: it is no regular file, and
/// reading it may wait or go on for ever, or it is larger than 16 MiB. Empty: nothing speaks
/// against it, or it is not there, which that library says itself.
[[nodiscard]] std::string reason_not_to_read(const std::string& path);

/// Owns an open file descriptor, or none (-1).
class file_descriptor {
public:
    file_descriptor() = default;
    explicit file_descriptor(int value) noexcept : value_(value) {}
    file_descriptor(file_descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~file_descriptor() { reset(); }

    [[nodiscard]] int get() const noexcept { return value_; }
    [[nodiscard]] bool is_open() const noexcept { return value_ >= 0; }
    void reset() noexcept {
        if (is_open()) {
            close(std::exchange(value_, -1));
        }
    }

private:
    int value_ = -1;
};

}  // namespace dsql::detail
