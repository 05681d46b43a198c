// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace dsql_cli::doctor {

/// Returns the URL of STS: that of `AWS_ENDPOINT_URL_STS` or `AWS_ENDPOINT_URL`, else the public
/// one of the region. STS, because networks that run AWS SDKs let it through.
[[nodiscard]] std::string sts_url(const std::string& region);

/// Returns the host and port of a URL without the user part and the path, which may hold secrets.
[[nodiscard]] std::string authority_of(std::string_view url);

/// How long STS may take to respond, at most.
constexpr std::chrono::milliseconds sts_limit(3'000);

/// A request of libcurl.
using curl_request = std::unique_ptr<CURL, void (*)(CURL*)>;

/// Prepares a request that honors the proxy variables and `AWS_CA_BUNDLE` and follows no redirect.
/// Null if there is no memory.
[[nodiscard]] curl_request make_request(const std::string& url, std::chrono::milliseconds limit);

}  // namespace dsql_cli::doctor
