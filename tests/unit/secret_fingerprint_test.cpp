// SPDX-License-Identifier: Apache-2.0
// Whatever a server makes of a token, no part of it is left in the text.
#include "base/secret_fingerprint.hpp"

#include "base/sent_secrets.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secret_fingerprint_test {

using dsql::detail::secret_fingerprint;
using dsql::detail::secret_parts;

// Decodes "%2B", and what is encoded in it.
std::string decoded(std::string text) {
    const auto is_hex = [&text](std::size_t at) {
        return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
    };
    for (std::size_t at = 0; (at = text.find('%', at)) != std::string::npos;) {
        if (is_hex(at + 1) && is_hex(at + 2)) {
            const int value = std::stoi(text.substr(at + 1, 2), nullptr, 16);
            text.replace(at, 3, 1, static_cast<char>(value));
        } else {
            ++at;
        }
    }
    return text;
}

// Returns the letters and digits that a person could read in a text, in lower case.
std::string readable(std::string text) {
    std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
    text = decoded(text);
    std::erase_if(text, [](unsigned char c) { return std::isalnum(c) == 0; });
    for (char& c : text) {
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return text;
}

// Returns the length of the longest part of `secret` that is in `text`.
std::size_t longest_part(const std::string& secret, const std::string& text) {
    const std::string wanted = readable(secret);
    const std::string shown = readable(text);
    std::size_t longest = 0;
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        while (at + longest < wanted.size() &&
               shown.find(wanted.substr(at, longest + 1)) != std::string::npos) {
            ++longest;
        }
    }
    return longest;
}

std::string percent_encoded(std::string_view text, std::string_view kept) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || kept.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out.append(1, '%').append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
        }
    }
    return out;
}

// A token of a random session token and signature.
struct random_token {
    std::string session{};
    std::string signature{};
    std::string text{};
};

random_token make_token(std::mt19937& random) {
    constexpr std::string_view base64 =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto one_of = [&random](std::string_view letters) {
        return letters[std::uniform_int_distribution<std::size_t>(0, letters.size() - 1)(random)];
    };
    random_token made;
    for (int i = 0; i < 400; ++i) {
        made.session += one_of(base64);
    }
    for (int i = 0; i < 64; ++i) {
        made.signature += one_of("0123456789abcdef");
    }
    made.text =
        "abcdefgh.dsql.us-east-1.on.aws/?Action=DbConnect&X-Amz-Credential=AKIA%2F2026"
        "&X-Amz-Security-Token=" +
        percent_encoded(made.session + "==", "") + "&X-Amz-Signature=" + made.signature;
    return made;
}

std::string letters_of(std::string text) {
    std::erase_if(text, [](unsigned char c) { return std::isalnum(c) == 0; });
    return text;
}

// What a server, or what stands before it, may do to a text that it quotes.
struct change {
    const char* name;
    std::function<std::string(std::string, std::mt19937&)> apply;
};

std::vector<change> changes() {
    const auto each = [](std::string text, int (*to)(int)) {
        std::transform(text.begin(), text.end(), text.begin(), [to](char c) {
            return static_cast<char>(to(static_cast<unsigned char>(c)));
        });
        return text;
    };
    const auto split = [](const std::string& text, std::size_t size, const std::string& between) {
        std::string out;
        for (std::size_t at = 0; at < text.size(); at += size) {
            out += (at == 0 ? "" : between) + text.substr(at, size);
        }
        return out;
    };
    return {
        {"as it is",
         [](std::string text, std::mt19937&) {
             return text;
         }},
        {"upper case",
         [=](std::string text, std::mt19937&) {
             return each(text, &std::toupper);
         }},
        {"lower case",
         [=](std::string text, std::mt19937&) {
             return each(text, &std::tolower);
         }},
        {"encoded",
         [](const std::string& text, std::mt19937&) {
             return percent_encoded(text, "");
         }},
        {"encoded twice",
         [](const std::string& text, std::mt19937&) {
             return percent_encoded(percent_encoded(text, "-._~"), "");
         }},
        {"encoded, lower case",
         [=](const std::string& text, std::mt19937&) {
             return each(percent_encoded(text, "-._~"), &std::tolower);
         }},
        {"decoded",
         [](const std::string& text, std::mt19937&) {
             return decoded(text);
         }},
        {"cut at the end",
         [](const std::string& text, std::mt19937& random) {
             return text.substr(0,
                                std::uniform_int_distribution<std::size_t>(1, text.size())(random));
         }},
        {"cut at the beginning",
         [](const std::string& text, std::mt19937& random) {
             return text.substr(
                 std::uniform_int_distribution<std::size_t>(0, text.size() - 1)(random));
         }},
        {"a part",
         [](const std::string& text, std::mt19937& random) {
             std::uniform_int_distribution<std::size_t> where(0, text.size() - 1);
             return text.substr(where(random), 1 + where(random) / 8);
         }},
        {"over lines",
         [=](const std::string& text, std::mt19937&) {
             return split(text, 76, "\n");
         }},
        {"over short lines",
         [=](const std::string& text, std::mt19937&) {
             return split(text, 7, "\r\n\t");
         }},
        {"in quotes",
         [=](const std::string& text, std::mt19937&) {
             return split(text, 40, "\"\n \"");
         }},
        {"escaped line breaks",
         [=](const std::string& text, std::mt19937&) {
             return split(text, 50, "\\n");
         }},
        {"escaped slashes",
         [](std::string text, std::mt19937&) {
             for (std::size_t at = 0; (at = text.find('/', at)) != std::string::npos; at += 2) {
                 text.insert(at, 1, '\\');
             }
             return text;
         }},
    };
}

// Changed once, and twice in each order.
TEST(SecretFingerprint, LeavesNoPartOfAToken) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(random_seed()));
    int searched = 0;
    int found = 0;
    for (const change& first : changes()) {
        for (const change& second : changes()) {
            const random_token token = make_token(random);
            const std::string quoted = second.apply(first.apply(token.text, random), random);
            const std::string text = "access denied: \"" + quoted + "\" is not valid";
            struct rule {
                secret_fingerprint known;
                std::size_t longest;
            };
            for (const auto& [known, longest] :
                 {rule{secret_fingerprint::precise(secret_parts(token.text)), 11},
                  rule{secret_fingerprint::lasting(secret_parts(token.text)), 22}}) {
                const std::string shown = known.redact(text, "<token redacted>");
                for (const std::string& secret : {token.session, token.signature}) {
                    const std::size_t part = longest_part(secret, shown);
                    ++searched;
                    found += part > longest ? 1 : 0;
                    EXPECT_LE(part, longest) << first.name << ", " << second.name << ": " << shown;
                }
                // The letters beside it may be those of the token by chance.
                EXPECT_TRUE(shown.starts_with("access ")) << shown;
                EXPECT_TRUE(shown.ends_with(" not valid")) << shown;
            }
        }
    }
    std::cout << "secrets looked for in texts: " << searched << ", found: " << found << '\n';
}

// Hosts, times and words of a server's messages are no secrets.
TEST(SecretFingerprint, LeavesOtherTextsAsTheyAre) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(random_seed()));
    const secret_fingerprint known =
        secret_fingerprint::precise(secret_parts(make_token(random).text));
    for (const char* text :
         {"", "x", "FATAL:  08006: unable to accept connection, access denied",
          "connection to server at \"abcdefgh.dsql.us-east-1.on.aws\" (127.0.0.1), port 5432",
          "Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z", "100%", "%",
          "%2", "%zz\\u12", "\\", "\xff\xfe%ff%"}) {
        EXPECT_EQ(known.redact(text, "-"), text);
    }
}

TEST(WithoutSecrets, HasNoWholeOneEither) {
    using dsql::detail::without_secrets;
    EXPECT_EQ(
        without_secrets("code 123456, key abcdefghijklmnopqrstuvwxyz", {"123456", "", "xyz"}, "-"),
        "code -, key abcdefghijklmnopqrstuvw-");
    EXPECT_EQ(without_secrets("bcdefghijklmnopqrstuvwx", {"abcdefghijklmnopqrstuvwxyz"}, ""), "");
    EXPECT_EQ(without_secrets("it is redact and redact", {"redact"}, "(redacted)"),
              "it is (redacted) and (redacted)");
}

TEST(SecretFingerprint, FindsWhatIsSecretInAPassword) {
    using parts = std::vector<std::string_view>;
    EXPECT_EQ(secret_parts("h/?Action=x&X-Amz-Security-Token=a%2F&X-Amz-SignedHeaders=host"
                           "&X-Amz-Signature=0f"),
              (parts{"a%2F", "0f"}));
    EXPECT_EQ(secret_parts("h/?X-AMZ-SIGNATURE=0f&&x"), (parts{"0f"}));
    EXPECT_EQ(secret_parts("a password?"), (parts{"a password?"}));
    EXPECT_EQ(secret_parts(""), (parts{""}));
}

// Those of 64 tokens are recognized, and each only once noted.
TEST(SentSecrets, AreRecognizedInLaterTexts) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(random_seed()));
    std::vector<random_token> tokens;
    for (int i = 0; i < 64; ++i) {
        tokens.push_back(make_token(random));
        const std::string text = "no such user: " + tokens.back().signature;
        EXPECT_EQ(dsql::detail::without_sent_secrets(text), text) << "it was not sent yet";
        dsql::detail::note_sent_secret(tokens.back().text);
        dsql::detail::note_sent_secret(tokens.back().text);
    }
    for (const random_token& one : tokens) {
        EXPECT_EQ(dsql::detail::without_sent_secrets("no such user: " + one.signature),
                  "no such user: <token redacted>");
    }
}

// Tokens of the same credentials share the session token, so that it is known for as long as one of
// them is. A text of 12 letters may be taken for a known one by chance, once in a million.
TEST(SentSecrets, AreForgottenAfter64Others) {
    constexpr std::size_t most = 64;
    const auto is_known = [](const std::string& secret) {
        const std::string text = secret.substr(0, 12);
        return dsql::detail::without_sent_secrets(text) != text;
    };
    std::mt19937 random(static_cast<std::mt19937::result_type>(random_seed()));
    std::vector<random_token> credentials;
    std::vector<random_token> sent;
    int by_chance = 0;
    for (std::size_t i = 0; i < 300; ++i) {
        if (i % 20 == 0) {
            credentials.push_back(make_token(random));
        }
        const std::size_t first = credentials.size() < 3 ? 0 : credentials.size() - 3;
        random_token one = credentials[first + random() % (credentials.size() - first)];
        const std::string old_signature =
            std::exchange(one.signature, make_token(random).signature);
        one.text.replace(one.text.find(old_signature), old_signature.size(), one.signature);
        dsql::detail::note_sent_secret(one.text);
        sent.push_back(one);
        const std::size_t oldest = sent.size() < most ? 0 : sent.size() - most;
        dsql::detail::note_sent_secret(sent[oldest + random() % (sent.size() - oldest)].text);
        for (std::size_t at = oldest; at < sent.size(); ++at) {
            EXPECT_TRUE(is_known(sent[at].signature)) << i << ", " << at;
            EXPECT_TRUE(is_known(letters_of(sent[at].session))) << i << ", " << at;
        }
        by_chance += oldest > 0 && is_known(sent[oldest - 1].signature) ? 1 : 0;
    }
    EXPECT_FALSE(is_known(letters_of(credentials.front().session)));
    EXPECT_LE(by_chance, 1);
}

}  // namespace secret_fingerprint_test
