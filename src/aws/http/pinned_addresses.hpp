// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/curl_handle.hpp"
#include "aws/http/http_client.hpp"
#include "aws/http/url.hpp"

#include <chrono>
#include <stop_token>

namespace dsql::aws {

/// Looks up the names that libcurl would look up for a request: that of the URL's host, or that of
/// the proxy, which then looks up the host. Returns the addresses as CURLOPT_RESOLVE takes them, so
/// that libcurl starts no thread for a lookup. Takes the addresses of the request, if it has any.
///
/// libcurl is left with the names that it need not look up ("localhost", numeric addresses), with
/// those that are not ASCII, which it converts, and with those that have only addresses with a
/// zone, which it does not take.
///
/// Throws `http_failure` of the kind `resolve`, `timeout` or `stopped`.
[[nodiscard]] string_list pinned_addresses(const http_request& request, const url_parts& url,
                                           std::chrono::steady_clock::time_point deadline,
                                           const std::stop_token& stop);

}  // namespace dsql::aws
