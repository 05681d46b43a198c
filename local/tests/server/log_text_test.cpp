// SPDX-License-Identifier: Apache-2.0
#include "server/log_text.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace log_text_test {

using namespace dsql_local;
using namespace std::chrono_literals;

TEST(printable, leaves_words_of_all_languages_as_they_are) {
    for (const char* text : {"plain", "größe", "名前", "🙂", "a'b\"c\\d"}) {
        EXPECT_EQ(printable(text, 100), text);
    }
}

TEST(printable, makes_one_space_of_white_space) {
    EXPECT_EQ(printable("a \t\r\n  b\v\fc", 100), "a b c");
}

TEST(printable, escapes_what_would_act_on_a_terminal_or_hide_text) {
    EXPECT_EQ(printable("\x1b[31mred\x07", 100), "\\x1b[31mred\\x07");
    EXPECT_EQ(printable(std::string("a\0b", 3), 100), "a\\x00b");
    EXPECT_EQ(printable("\x7f", 100), "\\x7f");
    EXPECT_EQ(printable("\xc2\x9b", 100), "\\xc2\\x9b");           // CSI in one character
    EXPECT_EQ(printable("\xe2\x80\xae", 100), "\\xe2\\x80\\xae");  // right-to-left override
    EXPECT_EQ(printable("\xe2\x80\xa8", 100), "\\xe2\\x80\\xa8");  // line separator
}

TEST(printable, escapes_bytes_that_are_not_utf_8) {
    EXPECT_EQ(printable("\xff", 100), "\\xff");
    EXPECT_EQ(printable("\xc3", 100), "\\xc3");
    EXPECT_EQ(printable("\xc0\xaf", 100), "\\xc0\\xaf");           // too long
    EXPECT_EQ(printable("\xed\xa0\x80", 100), "\\xed\\xa0\\x80");  // a surrogate
    EXPECT_EQ(printable("\xf4\x90\x80\x80", 100), "\\xf4\\x90\\x80\\x80");
}

TEST(printable, never_cuts_a_character) {
    EXPECT_EQ(printable("abcdef", 3), "abc...");
    EXPECT_EQ(printable("abc", 3), "abc");
    EXPECT_EQ(printable("aöb", 2), "aö...");  // the limit is within the second character
}

// Whatever comes in, one line of harmless bytes comes out.
TEST(printable, is_harmless_for_random_bytes) {
    std::mt19937 random(20261129);
    for (int i = 0; i < 2'000; ++i) {
        std::string text(random() % 50, '\0');
        for (char& c : text) {
            c = static_cast<char>(random() % 256);
        }
        for (const char c : printable(text, random() % 60)) {
            const auto byte = static_cast<unsigned char>(c);
            EXPECT_TRUE(byte >= 0x20 && byte != 0x7f);
        }
    }
}

TEST(loggable_statement, is_the_statement_on_one_line) {
    EXPECT_EQ(loggable_statement("\n SELECT 1,\n        2; \n"), "SELECT 1, 2");
    EXPECT_EQ(loggable_statement(""), "");
    EXPECT_EQ(loggable_statement(std::string(1'000, 'x')), std::string(240, 'x') + "...");
}

TEST(loggable_statement, has_no_password) {
    for (const char* literal : {"'secret'", "  'secret'", "E'secret'", "e'secret' VALID UNTIL 'x'",
                                "$$secret$$", "$a$secret$a$", "U&'secret'", "/**/'secret'",
                                "--\n'secret'", "='secret'", "= 'secret'"}) {
        const std::string sql = std::string("ALTER ROLE app PassWord ") + literal;
        EXPECT_EQ(loggable_statement(sql), "ALTER ROLE app PassWord ...") << literal;
    }
    EXPECT_EQ(loggable_statement("SELECT password FROM users"), "SELECT password FROM users");
    EXPECT_EQ(loggable_statement("SELECT password, password = 'secret' FROM users"),
              "SELECT password, password ...");
}

TEST(loggable_statement, has_no_token) {
    const std::string token =
        "abc.dsql.us-east-1.on.aws/?Action=DbConnect&X-Amz-Date=1&X-Amz-Signature=5ec7e7";
    EXPECT_EQ(loggable_statement("SELECT '" + token + "', 1"), "SELECT '<token>', 1");
    EXPECT_EQ(loggable_statement(token + " " + token), "<token> <token>");
    EXPECT_EQ(loggable_statement("SELECT " + std::string(300, ' ') + token), "SELECT <token>");
}

TEST(format_duration, has_few_digits) {
    EXPECT_EQ(format_duration(0ms), "0.0 ms");
    EXPECT_EQ(format_duration(840us), "0.8 ms");
    EXPECT_EQ(format_duration(999ms), "999.0 ms");
    EXPECT_EQ(format_duration(12'345ms), "12.35 s");
}

// Standard error is a pipe while this lives.
class captured_errors {
public:
    captured_errors() {
        EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
        before_ = dup(STDERR_FILENO);
        dup2(ends_[1], STDERR_FILENO);
        close(ends_[1]);
    }
    ~captured_errors() { close(ends_[0]); }
    captured_errors(const captured_errors&) = delete;
    captured_errors& operator=(const captured_errors&) = delete;

    // The writers are done, so that reading ends.
    void restore() const {
        dup2(before_, STDERR_FILENO);
        close(before_);
    }

    std::string read_all() const {
        std::string text;
        std::array<char, 65'536> chunk{};
        for (ssize_t size = 0; (size = read(ends_[0], chunk.data(), chunk.size())) > 0;) {
            text.append(chunk.data(), static_cast<std::size_t>(size));
        }
        return text;
    }

private:
    std::array<int, 2> ends_{};
    int before_ = -1;
};

TEST(write_log_line, never_mixes_the_lines_of_threads) {
    constexpr int thread_count = 8;
    constexpr int line_count = 100;
    const captured_errors errors;
    std::string text;
    std::thread reader([&] { text = errors.read_all(); });
    std::vector<std::thread> writers;
    for (int i = 0; i < thread_count; ++i) {
        writers.emplace_back([i] {
            for (int line = 0; line < line_count; ++line) {
                // Longer than what is written of a line.
                write_log_line(std::string(5'000, static_cast<char>('a' + i)));
            }
        });
    }
    for (std::thread& writer : writers) {
        writer.join();
    }
    errors.restore();
    reader.join();
    std::vector<int> counts(thread_count);
    while (!text.empty()) {
        const std::string line = text.substr(0, text.find('\n'));
        text.erase(0, line.size() + 1);
        ASSERT_EQ(line.substr(0, 12), "dsql-local: ");
        ASSERT_EQ(line, "dsql-local: " + std::string(4'000, line.back()));
        ++counts[static_cast<std::size_t>(line.back() - 'a')];
    }
    EXPECT_EQ(counts, std::vector<int>(thread_count, line_count));
}

}  // namespace log_text_test
