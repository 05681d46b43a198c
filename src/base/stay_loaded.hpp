// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql::detail {

/// Keeps the shared library that holds this code in memory until the process ends, even after
/// dlclose. Needed for a thread that can be neither stopped nor joined, such as a name lookup. Does
/// nothing when the code is linked into the program. Must not be called while another thread waits
/// for the caller, because it takes the dynamic linker's lock, which dlclose holds.
void stay_loaded() noexcept;

}  // namespace dsql::detail
