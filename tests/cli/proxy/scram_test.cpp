// SPDX-License-Identifier: Apache-2.0
#include "proxy/scram.hpp"

#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <string>

namespace scram_test {

using namespace dsql_cli::proxy;

// The exchange of RFC 7677, section 3.
constexpr const char* client_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr const char* server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr const char* client_final =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

scram_verifier verifier_of(const std::string& password) {
    return make_scram_verifier(
        password, "\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81", 4096);
}

TEST(Scram, FollowsTheExampleOfItsSpecification) {
    const scram_verifier verifier = verifier_of("pencil");
    scram_exchange exchange(verifier, server_nonce);
    EXPECT_EQ(exchange.challenge(client_first),
              "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,"
              "i=4096");
    EXPECT_EQ(exchange.verify(client_final), "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST(Scram, AnotherPasswordIsWrong) {
    const scram_verifier verifier = verifier_of("pencils");
    scram_exchange exchange(verifier, server_nonce);
    static_cast<void>(exchange.challenge(client_first));
    EXPECT_EQ(exchange.verify(client_final), std::nullopt);
}

TEST(Scram, MalformedMessagesAreRefused) {
    const scram_verifier verifier = verifier_of("pencil");
    for (const char* first :
         {"", "n", "n,,", "n,,n=user", "n,,n=user,r=", "n,,r=abc,n=user", "p=tls-unique,,n=,r=a",
          "n,a=other,n=user,r=abc", "x,,n=user,r=abc", "n,,n=user,r=a\tb"}) {
        scram_exchange exchange(verifier, server_nonce);
        EXPECT_THROW(static_cast<void>(exchange.challenge(first)), wire::login_error) << first;
    }
    const std::string good = client_final;
    for (const std::string& final :
         {std::string(), good.substr(0, good.size() - 4), good + "=", "c=eSws" + good.substr(6),
          "c=biws,r=another" + good.substr(good.find(",p=")), good.substr(7)}) {
        scram_exchange exchange(verifier, server_nonce);
        static_cast<void>(exchange.challenge(client_first));
        EXPECT_THROW(static_cast<void>(exchange.verify(final)), wire::login_error) << final;
    }
}

}  // namespace scram_test
