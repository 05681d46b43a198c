// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace dsql::detail {

/// Overwrites memory that held a secret, in a way that no compiler leaves out.
void wipe(void* data, std::size_t size) noexcept;

/// Overwrites all the memory of `text` and empties it.
void wipe(std::string& text) noexcept;

}  // namespace dsql::detail
