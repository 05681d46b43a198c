// SPDX-License-Identifier: Apache-2.0
// What a server may send before the client is authenticated, in parts of every size.
#include "pg/connect/authentication_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace authentication_messages_test {

using dsql::distrust_reason;
using dsql::pg::authentication_messages;
using namespace std::string_literals;

std::string message(char type, const std::string& body) {
    return std::string(1, type) + "\0\0\0"s + static_cast<char>(body.size() + 4) + body;
}

std::string request(char method, const std::string& more = {}) {
    return message('R', "\0\0\0"s + method + more);
}

struct stream_case {
    const char* name;
    std::string bytes;
    bool is_over;
    const char* fault = "";  ///< a part of the text; empty: none
};

std::vector<stream_case> streams() {
    const std::string cleartext = request(3);
    const std::string ok = request(0);
    const std::string notice = message('v', "\0\0\0\0R\0\0\0\x08\0\0\0\x05"s);
    return {
        {"nothing", "", false},
        {"a part", "R\0\0\0\x08\0\0\0"s, false},
        {"cleartext", cleartext, false},
        {"cleartext and accepted", cleartext + ok, true},
        {"another message first", notice + cleartext + ok, true},
        {"an error", message('E', "SFATAL\0\0"s), true},
        {"an error after the request", cleartext + message('E', "SFATAL\0\0"s), true},
        {"an error of the old protocol", "EFATAL:  no\n\0"s, true},
        {"what follows is not read", cleartext + ok + request(5, "salt"), true},
        {"a length that is too small", "R\0\0\0\x07\0\0\0\x05"s, false, "wrong length"},
        {"cleartext twice", cleartext + cleartext, false, "asked for the password twice"},
        {"accepted at once", ok, false, "did not ask for a password"},
        {"accepted after another message", notice + ok, false, "did not ask for a password"},
        {"MD5", request(5, "salt"), false, "MD5"},
        {"MD5 after cleartext", cleartext + request(5, "salt"), false, "MD5"},
        {"SASL", request(10, "SCRAM-SHA-256\0\0"s), false, "SASL"},
        {"SASL that goes on", request(11, "x"), false, "SASL"},
        {"GSS", request(7), false, "GSSAPI"},
        {"GSS that goes on", request(8, "x"), false, "GSSAPI"},
        {"SSPI", request(9), false, "SSPI"},
        {"Kerberos", request(2), false, "Kerberos"},
        {"unknown", "R\0\0\0\x08\xff\xff\xff\xff"s, false, "method 4294967295"},
        {"cleartext with a long length", "R\x7f\xff\xff\xff\0\0\0\x03"s + ok, false,
         "wrong length"},
    };
}

void expect(const stream_case& one, const authentication_messages& read) {
    EXPECT_EQ(read.is_over(), one.is_over) << one.name;
    const std::string& text = read.fault().text;
    EXPECT_EQ(text.empty(), *one.fault == '\0') << one.name << ": " << text;
    EXPECT_NE(text.find(one.fault), std::string::npos) << one.name << ": " << text;
    EXPECT_EQ(read.fault().reason,
              *one.fault == '\0' ? distrust_reason::none : distrust_reason::authentication)
        << one.name;
}

TEST(AuthenticationMessages, AreJudgedWhateverTheirParts) {
    for (const stream_case& one : streams()) {
        for (std::size_t size = 1; size <= one.bytes.size() + 1; ++size) {
            authentication_messages read;
            for (std::string_view rest = one.bytes; !rest.empty();
                 rest.remove_prefix(std::min(size, rest.size()))) {
                read.read(rest.substr(0, size));
            }
            expect(one, read);
        }
    }
}

}  // namespace authentication_messages_test
