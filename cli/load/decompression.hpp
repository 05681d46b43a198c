// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/byte_source.hpp"

#include <memory>
#include <string>

namespace dsql_cli::load {

/// Returns a source of the decompressed bytes if `source` begins as gzip or zstd files do, and
/// otherwise one of the same bytes. No UTF-8 file begins like that. `name` is the source's, for
/// errors. Throws std::runtime_error for a format that this program was built without; reading
/// throws it for data that is damaged or incomplete.
[[nodiscard]] std::unique_ptr<byte_source> decompressed(std::unique_ptr<byte_source> source,
                                                        const std::string& name);

}  // namespace dsql_cli::load
