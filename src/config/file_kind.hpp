// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace dsql::detail {

/// The longest file that is read: longer than any of those that are configured, and short enough to
/// be held whatever somebody has put in its place. 16 MiB.
inline constexpr std::size_t longest_file = 16'777'216;

/// Why a file is not to be given to a library that reads it by its name: it is no regular file, and
/// reading it may wait or go on for ever, or it is larger than 16 MiB. Empty: nothing speaks
/// against it, or it is not there, which that library says itself.
[[nodiscard]] std::string reason_not_to_read(const std::string& path);

}  // namespace dsql::detail
