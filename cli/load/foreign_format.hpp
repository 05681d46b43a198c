// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace dsql_cli::load {

/// How many bytes of a file `describe_foreign_format` looks at.
inline constexpr std::size_t bytes_of_format = 512;

/// What a file is, by its first bytes, and how to turn it into one that can be loaded: "a zip
/// archive ...; unzip it". Empty for everything that may have rows of text.
[[nodiscard]] std::string_view describe_foreign_format(std::string_view head) noexcept;

/// The same for Apache Parquet.
inline constexpr std::string_view parquet_advice =
    "Parquet cannot be loaded, because Debian has no Apache Arrow; convert it to CSV first, for "
    "example: duckdb -c \"COPY 'FILE.parquet' TO 'FILE.csv' (HEADER)\"";

}  // namespace dsql_cli::load
