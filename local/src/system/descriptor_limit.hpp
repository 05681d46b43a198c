// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql_local {

/// Lets this program open as many descriptors as the system allows it: a session holds two, and the
/// usual soft limit of 1 024 is there for programs that use select(), which this one does not.
/// Once, before any child is forked. Without effect where it is not allowed.
void raise_descriptor_limit() noexcept;

/// Gives a forked child back the limit the program started with. Async-signal-safe.
void restore_descriptor_limit_in_child() noexcept;

}  // namespace dsql_local
