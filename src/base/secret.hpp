// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <string>

namespace dsql::detail {

/// Overwrites the whole buffer of `text` and empties it. Only for texts whose type is given by
/// others; use `secret_string` for all other secrets.
void cleanse(std::string& text) noexcept;

}  // namespace dsql::detail
