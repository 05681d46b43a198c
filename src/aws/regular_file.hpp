// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace dsql::detail {

/// The content of a small file that holds a secret. Throws `credentials_error`, which names the
/// path and never the content, for one that is not there, cannot be read or is longer than
/// `max_size` bytes, and for what is no regular file: a pipe might keep its reader waiting for
/// good.
[[nodiscard]] std::string read_regular_file(const std::string& path, std::size_t max_size);

}  // namespace dsql::detail
