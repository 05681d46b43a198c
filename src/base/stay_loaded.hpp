// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <atomic>

namespace dsql::detail {

/// Keeps the shared library that holds the variable `stays` in memory until the process ends, even
/// after dlclose, and sets the variable. Needed for code that runs at any time: a thread that can
/// be neither stopped nor joined, such as a name lookup, and functions that were handed to another
/// library. Does nothing when the code is linked into the program. Must not be called while another
/// thread waits for the caller, because it takes the dynamic linker's lock, which dlclose holds.
DSQL_EXPORT void stay_loaded(std::atomic<bool>& stays) noexcept;

}  // namespace dsql::detail
