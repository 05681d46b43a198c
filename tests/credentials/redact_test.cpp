// SPDX-License-Identifier: Apache-2.0
#include "base/redact.hpp"

#include <gtest/gtest.h>

namespace redact_test {

using dsql::detail::redact;

TEST(Redact, RemovesTextThatLooksLikeASecret) {
    struct redaction {
        const char* text;
        const char* expected;
    };
    const redaction cases[] = {
        {"", ""},
        {"no such role: admin", "no such role: admin"},
        {"key AKIAIOSFODNN7EXAMPLE is bad", "key <redacted> is bad"},
        {"ASIAIOSFODNN7EXAMPLE", "<redacted>"},
        {"(wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY)", "(<redacted>)"},
        {"ab\\/cdefgh\\/ijklmnopqrst%2Fuv", "<redacted>"},
        {"abcdefghij_-ABCDEFGH", "<redacted>"},
        {"abcdefghijklmnopqrs", "abcdefghijklmnopqrs"},  // 19
        {"abcdefghijklmnopqrst", "<redacted>"},          // 20
        {"AWS_SECRET_ACCESS_KEY=hunter2", "<redacted>"},
        {"password=hunter2 user=app", "password=<redacted> user=app"},
        {"Secret: hunter2\n", "Secret: <redacted>\n"},
        {"my-token = hunter2", "my-token = <redacted>"},
        {"the token has expired", "the token has expired"},
        {"key:", "key:"},
        {R"({"SecretAccessKey":"hunter2"})", R"({"SecretAccessKey":<redacted>})"},
        {R"({"A" : "hunter2" , "B":5, "C":true})",
         R"({"A" : <redacted> , "B":<redacted>, "C":<redacted>})"},
        {R"({"A":"hun\"ter2","B":"x"})", R"({"A":<redacted>,"B":<redacted>})"},
        {R"({"A":{"B":"hunter2"},"C":[{"D":"hunter3"}]})",
         R"({"A":{"B":<redacted>},"C":[{"D":<redacted>}]})"},
        {"{'A': 'hunter2'}", "{'A': <redacted>}"},
        {R"({\"A\": \"hunter2\"})", R"({\"A\": <redacted>})"},
        {R"({"A":"hunter2)", R"({"A":<redacted>)"},
        {R"({"A":"hunter2\)", R"({"A":<redacted>)"},
        {R"({"A":)", R"({"A":)"},
        {R"({"A")", R"({"A")"},
        {"\"", "\""},
        {"\xff\xfe", "\xff\xfe"},
    };
    for (const redaction& one : cases) {
        EXPECT_EQ(redact(one.text), one.expected) << one.text;
    }
}

}  // namespace redact_test
