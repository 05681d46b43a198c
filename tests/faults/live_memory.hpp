// SPDX-License-Identifier: Apache-2.0
#pragma once

/// How many blocks of the heap are in use, of the whole program with its libraries. live_memory.cpp
/// replaces malloc, so it needs a program of its own. Always 0 under a sanitizer, which replaces
/// malloc too and looks for leaks itself.
namespace live_memory {

[[nodiscard]] long blocks() noexcept;

}  // namespace live_memory
