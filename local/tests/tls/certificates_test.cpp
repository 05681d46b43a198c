// SPDX-License-Identifier: Apache-2.0
#include "tls/certificates.hpp"

#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <memory>

namespace certificates_test {

using namespace dsql_local;

bool covers(const certificate& cert, const std::string& host) {
    return X509_check_host(cert.get(), host.data(), host.size(),
                           X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

int verify(const certificate& cert, const certificate& trusted) {
    const std::unique_ptr<X509_STORE, openssl_deleter<X509_STORE_free>> store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), trusted.get());
    const std::unique_ptr<X509_STORE_CTX, openssl_deleter<X509_STORE_CTX_free>> context(
        X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), cert.get(), nullptr);
    X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

TEST(certificates, cover_the_host_names_of_their_region) {
    const key_pair server = make_server_certificate(make_authority(), "eu-west-1");
    EXPECT_TRUE(covers(server.cert, "abc.dsql.eu-west-1.on.aws"));
    EXPECT_TRUE(covers(server.cert, "abc.dsql-local.eu-west-1.on.aws"));
    EXPECT_TRUE(covers(server.cert, "localhost"));
    EXPECT_FALSE(covers(server.cert, "abc.dsql.us-east-1.on.aws"));
    EXPECT_FALSE(covers(server.cert, "a.b.dsql.eu-west-1.on.aws"));
    EXPECT_FALSE(covers(server.cert, "dsql.eu-west-1.on.aws"));
}

TEST(certificates, chain_to_their_own_authority_alone) {
    const key_pair authority = make_authority();
    const key_pair server = make_server_certificate(authority, "us-east-1");
    EXPECT_EQ(verify(server.cert, authority.cert), X509_V_OK);
    EXPECT_NE(verify(server.cert, make_authority().cert), X509_V_OK);
}

TEST(certificates, are_valid_now_and_for_a_month) {
    const key_pair server = make_server_certificate(make_authority(), "us-east-1");
    int days = 0;
    int seconds = 0;
    ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(server.cert.get())), 1);
    EXPECT_GE(days, 29);
    EXPECT_LE(days, 30);
    EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(server.cert.get())), 0);
}

TEST(certificates, match_their_keys) {
    const key_pair authority = make_authority();
    const key_pair server = make_server_certificate(authority, "us-east-1");
    EXPECT_EQ(X509_check_private_key(server.cert.get(), server.key.get()), 1);
    EXPECT_EQ(X509_check_private_key(server.cert.get(), authority.key.get()), 0);
}

TEST(certificates, the_pem_holds_no_key) {
    const std::string pem = to_pem(make_authority().cert);
    EXPECT_EQ(pem.find("-----BEGIN CERTIFICATE-----"), 0U);
    EXPECT_EQ(pem.find("PRIVATE"), std::string::npos);
}

}  // namespace certificates_test
