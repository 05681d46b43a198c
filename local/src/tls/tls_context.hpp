// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tls/certificates.hpp"

#include <boost/asio/ssl/context.hpp>

namespace dsql_local {

/// Makes the endpoint's TLS context: TLS 1.2 and 1.3, only cipher suites with forward secrecy, no
/// resumption, and `postgresql` as the only ALPN protocol. The context keeps references to
/// `server`'s key and certificate, so `server` need not stay alive. Throws std::runtime_error if
/// OpenSSL fails.
boost::asio::ssl::context make_tls_context(const key_pair& server);

}  // namespace dsql_local
