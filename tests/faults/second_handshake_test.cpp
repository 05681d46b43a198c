// SPDX-License-Identifier: Apache-2.0
// What the connect has given OpenSSL to watch the handshake is gone when the server begins another.
#include <dsql/dsql.hpp>

#include "faults/struck_server.hpp"
#include "pg/io/input.hpp"
#include "pg/session/session.hpp"
#include "pg/session/session_access.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <string>

namespace second_handshake_test {

using dsql::within;

SSL* tls_of(const dsql::connection& on) {
    return dsql::pg::tls_of(dsql::pg::session_access::find(on)->handle());
}

// The shared library, or the program, that has a function.
std::string home_of(int (*function)(int, X509_STORE_CTX*)) {
    Dl_info found{};
    return dladdr(reinterpret_cast<void*>(function), &found) == 0 ? "none" : found.dli_fname;
}

// The server may answer a statement that comes before the client's part of the handshake.
void run_statements(dsql::connection& on, int count) {
    for (int i = 0; i < count; ++i) {
        static_cast<void>(on.query(within(watchdog), "SELECT mine"));
    }
}

TEST(SecondHandshake, IsNotWatched) {
    const struck_server struck;
    const dsql::connection on = dsql::connect(struck.settings());
    const std::string home = home_of(SSL_get_verify_callback(tls_of(on)));
    EXPECT_NE(home.find("libpq"), std::string::npos) << home;
    EXPECT_EQ(SSL_get_info_callback(tls_of(on)), nullptr);
    EXPECT_EQ(SSL_get_verify_mode(tls_of(on)), SSL_VERIFY_PEER);
}

TEST(SecondHandshake, ChecksTheCertificate) {
    for (const bool is_trusted : {true, false}) {
        SCOPED_TRACE(is_trusted);
        struck_server struck;
        struck.server.renegotiate(is_trusted);
        dsql::connection on = dsql::connect(struck.settings());
        EXPECT_EQ(on.query<int>(within(watchdog), "SELECT struck").size(), 8U);
        if (is_trusted) {
            EXPECT_EQ(on.query<int>(within(watchdog), "SELECT mine").size(), 8U);
        } else {
            EXPECT_THROW(run_statements(on, 3), dsql::connection_error);
            EXPECT_FALSE(on.is_open());
        }
    }
}

}  // namespace second_handshake_test
