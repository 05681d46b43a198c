// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace dsql_cli::exports {

/// Compresses a stream of data. Belongs to one thread.
class compressor {
public:
    compressor() noexcept = default;
    compressor(const compressor&) = delete;
    compressor& operator=(const compressor&) = delete;
    virtual ~compressor() = default;

    /// Compresses data and appends what is ready.
    virtual void add(std::string_view data, std::string& to) = 0;
    /// Appends the rest.
    virtual void finish(std::string& to) = 0;
};

/// The compressor for a file of this name: gzip for .gz, zstd for .zst, null for any other. Throws
/// std::runtime_error if this program was built without the library for it.
[[nodiscard]] std::unique_ptr<compressor> make_compressor(std::string_view file_name);

/// The name without .gz or .zst.
[[nodiscard]] std::string_view without_compression(std::string_view file_name) noexcept;

}  // namespace dsql_cli::exports
