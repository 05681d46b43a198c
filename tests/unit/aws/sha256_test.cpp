// SPDX-License-Identifier: Apache-2.0
#include "base/digest.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sha256_test {

using dsql::detail::hmac_sha256_key;
using dsql::detail::sha256;
using dsql::detail::sha256_digest;

std::string hex(const sha256_digest& digest) {
    std::string text;
    for (const unsigned char byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

// FIPS 180-4 examples.
TEST(Sha256, MatchesKnownDigests) {
    EXPECT_EQ(hex(sha256().finish()),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256().add("a").add("bc").finish()),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(HmacSha256, MatchesKnownDigests) {
    EXPECT_EQ(hex(hmac_sha256_key(std::string(20, '\x0b')).sign("Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex(hmac_sha256_key("Jefe").sign("what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(hmac_sha256_key(std::string(131, '\xaa'))
                      .sign("Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, AKeyCanBeReused) {
    const hmac_sha256_key key("Jefe");
    const auto first = key.sign("one");
    EXPECT_NE(key.sign("two"), first);
    EXPECT_EQ(key.sign("one"), first);
}

}  // namespace sha256_test
