// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/dialect.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::load {

/// A value of a row, decoded; none for NULL.
using field_value = std::optional<std::string>;

/// Decodes the values of one row, with or without its line break, as COPY decodes them.
/// Source: PostgreSQL, src/backend/commands/copyfromparse.c.
[[nodiscard]] std::vector<field_value> decode_row(std::string_view row, const dialect& used);

/// Writes values as a PostgreSQL array literal: {"a",NULL,"b"}. For one column of many rows.
class array_text {
public:
    /// Adds an element.
    void add(const field_value& value);
    /// The whole literal. The object is empty afterwards.
    [[nodiscard]] std::string take();

private:
    std::string text_{};
};

}  // namespace dsql_cli::load
