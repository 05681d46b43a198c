// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/byte_source.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dsql_cli::load {

/// A file by which a later run recognizes it. Of standard input only the path is set.
struct source_file {
    std::string path{};  ///< absolute, or "-"
    std::uint64_t size = 0;
    std::int64_t modified = 0;  ///< in nanoseconds since 1970
    std::string head_sha256{};  ///< of the first 64 KiB

    bool operator==(const source_file&) const = default;

    [[nodiscard]] bool is_standard_input() const noexcept { return path == "-"; }
    /// For people.
    [[nodiscard]] std::string shown() const {
        return is_standard_input() ? std::string("standard input") : path;
    }
};

/// The files that arguments name: a directory stands for its files, in the order of their names,
/// but for hidden ones. Throws std::runtime_error for what cannot be read, or is of a format that
/// cannot be loaded.
[[nodiscard]] std::vector<std::string> list_files(const std::vector<std::string>& arguments);

/// Looks at a file. Throws std::runtime_error if it cannot be read.
[[nodiscard]] source_file inspect_file(const std::string& path);

/// Opens a file, and decompresses it if it is compressed by gzip or zstd. Throws std::runtime_error
/// if it cannot be read, or if its first bytes are those of a format that is no text in UTF-8.
[[nodiscard]] std::unique_ptr<byte_source> open_source(const std::string& path);

/// SHA-256 in hexadecimal digits.
[[nodiscard]] std::string sha256_hex(const std::string& bytes);

}  // namespace dsql_cli::load
