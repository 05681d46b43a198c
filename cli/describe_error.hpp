// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <string>
#include <string_view>

namespace dsql_cli {

/// An error for people who have not written the program: the server's message, SQLSTATE, detail and
/// hint, or the error's text without its statement and without the place in this program's source.
[[nodiscard]] std::string describe_error(const dsql::error& thrown);

/// The text of an error of the library without the place in this program's source that it ends
/// with: " [at FILE:LINE in FUNCTION]".
[[nodiscard]] std::string_view without_source_place(std::string_view text) noexcept;

}  // namespace dsql_cli
