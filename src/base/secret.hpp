// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <string>

namespace dsql::detail {

/// Overwrites all the memory of `text` and empties it. For texts whose type is not ours to choose:
/// everything else that is secret is a `secret_string`.
void cleanse(std::string& text) noexcept;

}  // namespace dsql::detail
