// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tls/certificates.hpp"

#include <boost/asio/ssl/context.hpp>

namespace dsql_local {

/// The endpoint's side of TLS: versions 1.2 and 1.3, forward secrecy only, no resumption, and the
/// ALPN protocol `postgresql` as the only one on offer.
/// The context keeps its own references to `server`'s key and certificate.
/// Throws std::runtime_error when OpenSSL fails.
boost::asio::ssl::context make_tls_context(const key_pair& server);

}  // namespace dsql_local
