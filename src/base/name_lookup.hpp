// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <vector>

namespace dsql::detail {

/// How a name lookup ended.
enum class lookup_end {
    found,      ///< there are addresses
    failed,     ///< the system's resolver reported an error, or no address
    no_thread,  ///< no thread could be started for it
    timed_out,  ///< the caller's deadline passed
    stopped,    ///< the caller was told to stop
};

/// The result of a name lookup. It is no exception, because each caller has an error class of its
/// own.
struct name_lookup_result {
    lookup_end end = lookup_end::failed;
    /// Numeric addresses in the system's order of preference, each once. Empty unless `found`.
    std::vector<std::string> addresses{};
    /// The code of `getaddrinfo`, or of the thread that could not be started.
    std::error_code code{};
    /// Why there are no addresses, to follow the name in a message: "cannot look up the name: ...".
    std::string why{};
};

/// Looks up the numeric addresses of a host name.
///
/// `getaddrinfo` cannot be interrupted, so it runs on a thread that all of the process share. When
/// the deadline passes or a stop is requested, that thread is left to finish by itself. Callers
/// that look up the same name at the same time share one lookup.
///
/// At most 8 lookups with a waiting caller run at once. Further ones wait in the order of their
/// arrival, within the limits of their callers. A lookup that has lost its last caller no longer
/// counts, so that a name that hangs does not delay others; at most 32 lookups run in total.
///
/// Precondition: `stay_loaded` was called for this code, because such a thread may outlive the use
/// of the library. Throws `std::bad_alloc` only. Safe from any thread.
[[nodiscard]] DSQL_EXPORT name_lookup_result
look_up_name(const std::string& host, std::optional<std::chrono::steady_clock::time_point> deadline,
             const std::stop_token& stop);

}  // namespace dsql::detail
