// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace dsql_cli::load {

/// Something that is read once, from its beginning to its end.
class byte_source {
public:
    byte_source() = default;
    byte_source(const byte_source&) = delete;
    byte_source& operator=(const byte_source&) = delete;
    virtual ~byte_source() = default;

    /// Fills the span from its start and returns the number of bytes; 0 at the end. Throws
    /// std::runtime_error, which names the source, if it cannot be read.
    [[nodiscard]] virtual std::size_t read(std::span<char> into) = 0;
    /// How many bytes of the file have been read. Less than was returned if it is compressed.
    [[nodiscard]] virtual std::uint64_t consumed() const noexcept = 0;
};

/// Opens a file, or standard input for "-", without looking at what it has.
[[nodiscard]] std::unique_ptr<byte_source> open_plain(const std::string& path);

}  // namespace dsql_cli::load
