// SPDX-License-Identifier: Apache-2.0
// Texts of others in messages: no terminal acts on any byte of them.
#include "base/text.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace harmless_text_test {

using dsql::detail::harmless;
using dsql::detail::is_control;
using namespace std::string_literals;

TEST(HarmlessText, HasNoControlCharacters) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"plain text", "plain text"},
        {"\x1b[31m\x7f\0"s, "?[31m??"},
        {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xc2\x9b", "??"},               // U+009B
        {"\x9b[31m", "?[31m"},            // the same as one byte
        {"\x8e\x9b[31m", "??[31m"},       // also after another one
        {"a\xe2\x9b", "a\xe2?"},          // a character that is cut off
        {"\xe2\x9b[", "\xe2?["},          // or broken off
        {"\xf0\x9f\x98[", "\xf0??["},     //
        {"\xe0\x80\x9b", "\xe0??"},       // ESC in more bytes than it needs
        {"\xf0\x80\x80\x9b", "\xf0???"},  //
        {"\xc0\x9b", "\xc0?"},            //
        {"\xed\xa0\x80", "\xed\xa0?"},    // half of a character of UTF-16
        {"\xf4\x90\x80\x80", "\xf4???"},  // beyond Unicode
        {"\xff\x9b\xc3\x9f", "\xff?\xc3\x9f"},
        {"\xa4\x80", "\xa4?"},
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(harmless(text, '?'), expected) << testing::PrintToString(text);
    }
    EXPECT_EQ(harmless("a\nb\tc", '?', "\n"), "a\nb?c");
}

// What a replacement leaves behind is not a control character either.
TEST(HarmlessText, StaysAsItIs) {
    std::mt19937_64 random(random_seed());
    const auto below = [&random](std::size_t count) {
        return static_cast<std::size_t>(random() % count);
    };
    const std::string_view bytes = "a\x1b\x80\x8f\x9b\xa0\xbf\xc0\xc2\xc3\xe0\xe2\xed\xf0\xf4\xff";
    for (int i = 0; i < 20'000; ++i) {
        std::string text(below(9), '\0');
        for (char& c : text) {
            c = bytes[below(bytes.size())];
        }
        const std::string once = harmless(text, '?');
        ASSERT_EQ(harmless(once, '?'), once) << testing::PrintToString(text);
        for (std::size_t at = 0; at < once.size(); ++at) {
            ASSERT_FALSE(is_control(once, at)) << testing::PrintToString(text);
        }
    }
}

}  // namespace harmless_text_test
