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

namespace dsql::aws {

struct http_header {
    std::string name{};
    secret_string value{};
};

/// One HTTP request. Redirects are never followed. The destructor cleanses the headers and the
/// body, which may hold secrets.
struct http_request {
    std::string method = "GET";
    std::string url{};
    std::vector<http_header> headers{};
    secret_string body{};
    /// The time limit for name lookup, TCP and TLS, and for connecting through a proxy.
    std::chrono::milliseconds connect_timeout{10'000};
    /// The time limit for the whole request, from the name lookup to the last byte of the response.
    std::chrono::milliseconds timeout{15'000};
    /// The longest body of a response in bytes; a longer one is an error.
    std::size_t max_response_size = 1'048'576;
    /// Whether to use the proxy that `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` in the
    /// environment name, as libcurl reads them. False for metadata and container endpoints, which
    /// no proxy may see.
    bool use_proxy = true;
    /// A PEM file of trusted certificate authorities. Empty means those of the system, or of
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR`, as in OpenSSL.
    std::string ca_bundle{};
    /// Numeric addresses to connect to; libcurl uses the first that accepts a connection. Empty
    /// means that the URL's host is looked up. A caller that has checked the addresses of the
    /// host sets them, because a second lookup might return others.
    std::vector<std::string> addresses{};
};

/// A response, whatever its status. The destructor cleanses the body, which may hold credentials.
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

    /// Returns the value of a header; empty when there is none. The case of the name does not
    /// matter.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// Why there was no response.
enum class http_failure_kind {
    bad_request,  ///< the URL or a header cannot be sent
    resolve,      ///< the host name has no address
    connect,      ///< the connection failed or broke, also during the TLS handshake
    tls,          ///< the certificate is not trusted
    timeout,      ///< one of the two time limits was reached
    too_large,    ///< the body is longer than `max_response_size`
    stopped,      ///< a stop was requested
};

/// The error for a request without a response. The message names scheme, host and port, and never
/// shows a header or a body.
class http_failure : public error {
public:
    http_failure(http_failure_kind kind, const std::string& what) : error(what), kind_(kind) {}
    [[nodiscard]] http_failure_kind kind() const noexcept { return kind_; }

private:
    http_failure_kind kind_;
};

/// Sends a request with libcurl and waits for the response. Throws `http_failure`, also for a
/// header with a line break, which would be sent as two headers.
[[nodiscard]] http_response send(const http_request& request, const std::stop_token& stop = {});

}  // namespace dsql::aws
