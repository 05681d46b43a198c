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

/// What `read_file` accepts.
struct file_rules {
    /// The longest content in bytes; a longer file is an error.
    std::size_t max_size = 1'048'576;
    /// Whether a character device is accepted: /dev/null is a common way to name an empty file.
    bool may_be_device = false;
    /// How long to wait until a pipe has a writer. Zero means that it must have one already.
    std::chrono::milliseconds writer_wait{0};
};

/// A file could not be read. The message is the reason alone: it names neither the path nor the
/// content.
class DSQL_EXPORT unreadable_file : public error {
public:
    unreadable_file(const std::string& reason, bool is_missing)
        : error(reason), is_missing_(is_missing) {}

    /// Whether the file does not exist.
    [[nodiscard]] bool is_missing() const noexcept { return is_missing_; }

private:
    bool is_missing_;
};

/// Reads a file that the configuration or the environment names. The content may hold a secret. A
/// pipe, such as a shell's `<(command)`, is read to its end; its writer may take a minute. Anything
/// else that is not a regular file is an error: a directory, a socket, a block device. So the call
/// always ends, whatever the path names. Throws `unreadable_file`; `timeout_error` or
/// `cancelled_error` when a limit is reached while a pipe has nothing to read.
[[nodiscard]] DSQL_EXPORT secret_string read_file(const std::string& path, const file_rules& rules,
                                                  const call_limits& limits = {});

/// Reads a small file that holds a secret. Throws `credentials_error`, which names the path and
/// never the content, when the file cannot be read; `timeout_error` or `cancelled_error` when a
/// limit is reached.
[[nodiscard]] secret_string read_secret_file(const std::string& path, std::size_t max_size,
                                             const call_limits& limits = {});

/// The longest file that is ever read, 16 MiB: longer than any real configuration file, and short
/// enough to be kept in memory whatever the path names.
inline constexpr std::size_t longest_file = 16'777'216;

/// Returns why a file must not be passed by name to another library: it is not a regular file, so
/// that reading it might never end, or it is larger than 16 MiB. Empty when there is no such
/// reason, or when the file does not exist, which that library reports itself.
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
            close(release());
        }
    }
    /// Gives the descriptor to the caller, who closes it.
    [[nodiscard]] int release() noexcept { return std::exchange(value_, -1); }

private:
    int value_ = -1;
};

}  // namespace dsql::detail
