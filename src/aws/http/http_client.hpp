// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/secret_string.hpp>

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::detail {

struct http_header {
    std::string name{};
    secret_string value{};
};

/// One HTTP request. Redirects are never followed. Its headers and its body, which may hold
/// secrets, are wiped with it.
struct http_request {
    std::string method = "GET";
    std::string url{};
    std::vector<http_header> headers{};
    secret_string body{};
    /// For name lookup, TCP, TLS, and the way through a proxy.
    std::chrono::milliseconds connect_timeout{10'000};
    /// For everything, from the first packet to the last.
    std::chrono::milliseconds timeout{15'000};
    /// A longer body is a failure.
    std::size_t max_response_size = 1'048'576;
    /// False for metadata and container endpoints, which no proxy may see. True: the environment's
    /// `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` hold, as libcurl reads them.
    bool use_proxy = true;
    /// PEM file of certificate authorities; empty: the system's, with `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` as OpenSSL reads them.
    std::string ca_bundle{};
    /// Numeric addresses to connect to, the first that answers, in place of looking the URL's host
    /// up; none: look it up. For a host whose addresses were checked: a second lookup might answer
    /// differently.
    std::vector<std::string> addresses{};
};

/// An answer, whatever its status. Its body, which may hold credentials, is wiped with it.
struct http_response {
    int status = 0;
    std::vector<http_header> headers{};
    secret_string body{};

    http_response() = default;
    http_response(const http_response&) = delete;
    http_response& operator=(const http_response&) = delete;
    http_response(http_response&&) noexcept = default;
    http_response& operator=(http_response&&) noexcept = default;
    ~http_response() = default;

    /// The value of a header, its name in any case; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// Why there was no answer.
enum class http_failure_kind {
    bad_request,  ///< the URL or a header cannot be sent
    resolve,      ///< the host name has no address
    connect,      ///< no connection, or it broke, also during the TLS handshake
    tls,          ///< the certificate is not to be trusted
    timeout,      ///< one of the two time limits
    too_large,    ///< more than `max_response_size`
    stopped,      ///< the stop token
};

/// No answer. The message names scheme, host and port, and never a header or a body.
class http_failure : public error {
public:
    http_failure(http_failure_kind kind, const std::string& what) : error(what), kind_(kind) {}
    [[nodiscard]] http_failure_kind kind() const noexcept { return kind_; }

private:
    http_failure_kind kind_;
};

/// Sends a request with libcurl and waits for the answer. Throws `http_failure`. A header value
/// with a line break is refused: it would be a second header.
[[nodiscard]] http_response send(const http_request& request, const std::stop_token& stop = {});

}  // namespace dsql::detail
