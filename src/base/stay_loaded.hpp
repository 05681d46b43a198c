// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql::detail {

/// Keeps the shared library that holds this code in memory until the process ends, whoever calls
/// dlclose. For code that runs on a thread which can be neither stopped nor waited for: a name
/// lookup. Does nothing in a program that the code is linked into. Call it where no thread waits
/// for the caller: it takes the dynamic linker's lock, which dlclose holds.
void stay_loaded() noexcept;

}  // namespace dsql::detail
