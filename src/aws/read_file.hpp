// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <chrono>
#include <cstddef>
#include <string>

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

/// The content of a file that configuration or environment names, and that may hold a secret: the
/// caller wipes it. A pipe is read to its end, as a shell's `<(command)` makes one, its writer may
/// take a minute. What else is no regular file is refused: a directory, a socket, a block device.
/// So this ends, whatever the path names.
/// Throws `unreadable_file`; `timeout_error` or `cancelled_error` when a limit strikes while a pipe
/// has nothing to read.
[[nodiscard]] DSQL_EXPORT std::string read_file(const std::string& path, const file_rules& rules,
                                                const call_limits& limits = {});

/// The content of a small file that holds a secret. Throws `credentials_error`, which names the
/// path and never the content, for what cannot be read, and what limits throw.
[[nodiscard]] std::string read_secret_file(const std::string& path, std::size_t max_size,
                                           const call_limits& limits = {});

}  // namespace dsql::detail
