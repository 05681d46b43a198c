// SPDX-License-Identifier: Apache-2.0
#include "base/uri_encoding.hpp"

#include <gtest/gtest.h>

#include <string>

namespace uri_encode_test {

std::string encoded(std::string_view text) {
    std::string out = "|";
    dsql::detail::append_uri_encoded(out, text);
    return out;
}

TEST(UriEncode, UnreservedCharactersAreKept) {
    EXPECT_EQ(encoded("AZaz09-_.~"), "|AZaz09-_.~");
    EXPECT_EQ(encoded(""), "|");
}

TEST(UriEncode, OtherCharactersAreEncodedInUpperCaseHex) {
    EXPECT_EQ(encoded("a/b+c=d e*"), "|a%2Fb%2Bc%3Dd%20e%2A");
    EXPECT_EQ(encoded("\xc3\xa9"), "|%C3%A9");
    EXPECT_EQ(encoded(std::string_view("\0%", 2)), "|%00%25");
}

TEST(UriEncode, EveryByteIsEitherKeptOrEncoded) {
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const std::string result = encoded(std::string_view(&c, 1));
        EXPECT_TRUE(result.size() == 2 || result.size() == 4) << byte;
    }
}

}  // namespace uri_encode_test
