// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql::aws {

/// Keeps the code of this library loaded until the process ends, so that `initialize_libcurl` may
/// hand functions of it to libcurl, and so that a name lookup of a request may outlive it. Call it
/// on a thread of the program, before the first request.
/// @see detail::stay_loaded
void allow_curl_to_overwrite() noexcept;

/// Initializes libcurl, once, with functions that overwrite memory before they free it: libcurl
/// keeps requests and responses, which hold tokens and keys, in many buffers. Has no effect on
/// memory if the program, or another library, has initialized libcurl before, or if
/// `allow_curl_to_overwrite` was not called.
void initialize_libcurl() noexcept;

}  // namespace dsql::aws
