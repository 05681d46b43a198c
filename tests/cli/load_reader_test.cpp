// SPDX-License-Identifier: Apache-2.0
// What `dsql load` reads: rows, chunks, values and UTF-8, against simple models.
#include "load/byte_source.hpp"
#include "load/chunk_reader.hpp"
#include "load/fields.hpp"
#include "load/row_scanner.hpp"
#include "load/source_file.hpp"
#include "load/utf8.hpp"
#include "support/command.hpp"
#include "support/random_seed.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace load_reader_test {

using namespace dsql_cli::load;

// A text as a file that is read in pieces of random sizes.
class text_source final : public byte_source {
public:
    text_source(std::string text, std::uint64_t seed) : text_(std::move(text)), random_(seed) {}

    std::size_t read(std::span<char> into) override {
        const std::size_t most = std::min({into.size(), text_.size() - at_, random_() % 50 + 1});
        std::copy_n(text_.data() + at_, most, into.data());
        at_ += most;
        return most;
    }
    std::uint64_t consumed() const noexcept override { return at_; }

private:
    std::string text_;
    std::size_t at_ = 0;
    std::mt19937_64 random_;
};

struct model_row {
    std::string text{};
    std::uint32_t columns = 1;
    std::uint32_t lines = 1;

    bool operator==(const model_row&) const = default;
};

void PrintTo(const model_row& shown, std::ostream* to) {
    *to << '[' << shown.text << "] " << shown.columns << " columns, " << shown.lines << " lines";
}

// Rows as the rules of COPY are written down, one character after the other.
std::vector<model_row> model_rows(const std::string& text, const dialect& used) {
    std::vector<model_row> rows;
    model_row row;
    bool quoted = false;
    bool escaped = false;
    const bool has_own_escape = used.format == row_format::csv && used.escape != used.quote;
    for (const char c : text) {
        row.text += c;
        if (used.format == row_format::text) {
            if (!escaped && c == '\\') {
                escaped = true;
                continue;
            }
            const bool is_value = std::exchange(escaped, false);
            row.lines += is_value && c == '\n' ? 1 : 0;
            if (is_value) {
                continue;
            }
        } else {
            if (has_own_escape && quoted && c == used.escape) {
                escaped = !escaped;
                continue;
            }
            if (c == used.quote && !escaped) {
                quoted = !quoted;
            }
            escaped = false;
        }
        row.columns += c == used.delimiter && !quoted ? 1 : 0;
        if (c == '\n' && quoted) {
            ++row.lines;
        } else if (c == '\n') {
            rows.push_back(std::exchange(row, {}));
        }
    }
    if (!row.text.empty()) {
        rows.push_back(row);
    }
    return rows;
}

std::string random_text(std::mt19937_64& random, std::string_view alphabet, std::size_t longest) {
    std::string text(random() % (longest + 1), '\0');
    std::generate(text.begin(), text.end(), [&] { return alphabet[random() % alphabet.size()]; });
    return text;
}

std::string whole(const std::string& path) {
    const std::unique_ptr<byte_source> source = open_source(path);
    std::string text;
    std::string block(1'000, '\0');
    while (const std::size_t count = source->read(block)) {
        text.append(block, 0, count);
    }
    return text;
}

const std::vector<dialect>& dialects() {
    static const std::vector<dialect> all{
        {},
        {.delimiter = '\t'},
        {.escape = '\\'},
        {.delimiter = ';', .quote = '\'', .escape = '\''},
        {.format = row_format::text, .delimiter = '\t', .null_text = "\\N"}};
    return all;
}

// The rows of all chunks of a text, whose numbers are checked.
std::vector<model_row> rows_by_chunks(const std::string& text, const dialect& used,
                                      const chunk_size& size, std::uint64_t seed) {
    text_source source(text, seed);
    chunk_reader reader(source, "test", used, size);
    std::vector<model_row> rows;
    std::int64_t position = 0;
    std::int64_t line = 1;
    while (const std::optional<chunk> part = reader.next()) {
        EXPECT_EQ(part->first_byte, position);
        EXPECT_EQ(part->first_line, line);
        EXPECT_LE(part->rows(), size.rows);
        EXPECT_TRUE(part->data.size() <= size.bytes || part->rows() == 1);
        for (std::size_t row = 0; row < part->rows(); ++row) {
            rows.push_back({.text = std::string(part->text(row, row + 1))});
            EXPECT_EQ(part->line_of(row), line);
            line += std::max<std::int64_t>(
                1, std::count(rows.back().text.begin(), rows.back().text.end(), '\n'));
        }
        position += static_cast<std::int64_t>(part->data.size());
    }
    return rows;
}

TEST(LoadReader, FindsTheRowsThatTheRulesOfCopyHave) {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 3'000; ++i) {
        const dialect& used = dialects()[random() % dialects().size()];
        const std::string text = random_text(random, "a,;\t\"'\\\n\n", 60);
        const std::vector<model_row> expected = model_rows(text, used);
        row_scanner scanner(used);
        std::vector<model_row> found;
        std::size_t begin = 0;
        // The data grows, as it does when it is read.
        for (std::size_t size = 0; size <= text.size(); size = std::min(text.size(), size + 7)) {
            scanned_row row;
            const std::string_view data = std::string_view(text).substr(0, size);
            while (scanner.next(data, row)) {
                found.push_back({text.substr(begin, row.end - begin), row.columns, row.lines});
                begin = row.end;
            }
            if (size == text.size()) {
                break;
            }
        }
        if (begin < text.size()) {
            const scanned_row rest = scanner.rest();
            found.push_back({text.substr(begin), rest.columns, rest.lines});
        }
        ASSERT_EQ(found, expected) << copy_options(used) << '\n' << text;
    }
}

TEST(LoadReader, CutsTheSameChunksHoweverTheFileIsRead) {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 1'000; ++i) {
        // No "\." of its own, which ends the data in text format.
        const dialect& used = dialects()[random() % 4];
        const std::string text = random_text(random, "ab,\"\n", 300);
        const chunk_size size{.rows = random() % 7 + 1, .bytes = random() % 40 + 1};
        std::vector<model_row> expected = model_rows(text, used);
        for (model_row& each : expected) {
            each = {.text = each.text};
        }
        ASSERT_EQ(rows_by_chunks(text, used, size, random()), expected) << text;
    }
}

TEST(LoadReader, AHeaderIsNoPartOfTheChunks) {
    text_source source("\xef\xbb\xbfid,\"na\nme\"\r\n1,a\r\n2,b", 1);
    chunk_reader reader(source, "test", {}, {});
    EXPECT_EQ(reader.read_header(), "id,\"na\nme\"");
    reader.expect_columns(2);
    const std::optional<chunk> part = reader.next();
    ASSERT_TRUE(part);
    EXPECT_EQ(part->data, "1,a\r\n2,b");
    EXPECT_EQ(part->first_line, 3);
    EXPECT_EQ(part->line_of(1), 4);
    EXPECT_TRUE(part->bad.empty());
    EXPECT_FALSE(reader.next());
}

TEST(LoadReader, KnowsWhichRowsTheServerWouldReject) {
    text_source source("1,a\n2\n3,\xff\n4,b,c\n5,\xc3\xa9\n\xe2\x82\n", 1);
    chunk_reader reader(source, "test", {}, {});
    reader.expect_columns(2);
    const std::optional<chunk> part = reader.next();
    ASSERT_TRUE(part);
    std::vector<std::size_t> rows;
    for (const bad_row& each : part->bad) {
        rows.push_back(each.row);
    }
    EXPECT_EQ(rows, (std::vector<std::size_t>{1, 2, 3, 5}));
    EXPECT_EQ(part->bad[0].reason, "it has 1 column instead of 2");
    EXPECT_EQ(part->bad[1].reason, "byte 3 of the row is not UTF-8 text");
}

TEST(LoadReader, InTextFormatABackslashAndAPeriodEndTheData) {
    const dialect text{.format = row_format::text, .delimiter = '\t', .null_text = "\\N"};
    EXPECT_EQ(rows_by_chunks("1\ta\n\\.\nrest\n", text, {}, 1).size(), 1U);
    EXPECT_EQ(rows_by_chunks("1\ta\n\\.", text, {}, 1).size(), 1U);
}

TEST(LoadReader, ARowThatNeverEndsIsAnErrorWithItsLine) {
    text_source source("1,a\n2,\"" + std::string(9'000'000, 'x'), 1);
    chunk_reader reader(source, "orders.csv", {}, {.rows = 1});
    EXPECT_TRUE(reader.next());
    try {
        static_cast<void>(reader.next());
        FAIL();
    } catch (const std::runtime_error& thrown) {
        EXPECT_TRUE(std::string(thrown.what()).starts_with("orders.csv, line 2: the row"))
            << thrown.what();
    }
}

// False if the program was built without the library for it, which is optional.
bool can_read(const std::string& path) {
    try {
        static_cast<void>(open_source(path));
        return true;
    } catch (const std::runtime_error& thrown) {
        EXPECT_NE(std::string(thrown.what()).find("this dsql was built without"),
                  std::string::npos);
        return false;
    }
}

// Compressed by the programs of that name: an empty file, one that is large, and two that are
// joined.
TEST(LoadReader, ReadsCompressedFiles) {
    const temporary_directory directory;
    std::string large;
    for (int i = 0; i < 100'000; ++i) {
        large += std::to_string(i) + ",some text\n";
    }
    for (const std::string program : {"gzip", "zstd"}) {
        if (run_command("command -v " + program).status != 0) {
            continue;
        }
        for (const std::string& text : {std::string(), large}) {
            const temporary_file plain(text);
            const std::string compressed = directory / "compressed";
            ASSERT_EQ(run_command("(" + program + " -c " + plain.path() + "; echo more | " +
                                  program + " -c) > " + compressed)
                          .status,
                      0);
            if (!can_read(compressed)) {
                continue;
            }
            EXPECT_TRUE(whole(compressed) == text + "more\n") << program;
            std::filesystem::resize_file(compressed, std::filesystem::file_size(compressed) - 3);
            try {
                static_cast<void>(whole(compressed));
                ADD_FAILURE() << program;
            } catch (const std::runtime_error& thrown) {
                EXPECT_EQ(thrown.what(),
                          compressed + ": cannot be decompressed: the file ends too early");
            }
        }
    }
}

TEST(LoadReader, ADamagedCompressedFileIsAnError) {
    for (const std::string& damaged :
         {std::string("\x1f\x8bnot gzip"), std::string("\x28\xb5\x2f\xfdnot zstd, really")}) {
        const temporary_file file(damaged);
        EXPECT_THROW(static_cast<void>(whole(file.path())), std::runtime_error);
    }
    const temporary_file text("\x1f");
    EXPECT_EQ(whole(text.path()), "\x1f");
}

std::vector<field_value> decoded(std::string_view row, std::size_t dialect_number) {
    return decode_row(row, dialects()[dialect_number]);
}

TEST(LoadReader, DecodesValuesAsCopyDoes) {
    using values = std::vector<field_value>;
    const field_value null;
    EXPECT_EQ(decoded("a,,\"\",\"b \"\"c\"\"\"\r\n", 0), (values{"a", null, "", "b \"c\""}));
    EXPECT_EQ(decoded("\"a,\n\"b", 0), (values{"a,\nb"}));
    EXPECT_EQ(decoded("", 0), (values{null}));
    EXPECT_EQ(decoded("\"a\\\"b\\\\\",c\\d", 2), (values{"a\"b\\", "c\\d"}));
    EXPECT_EQ(decoded("\\N\t\\\\N\ta\\tb\\x41\\101\\\n", 4), (values{null, "\\N", "a\tbAA\\"}));
    EXPECT_EQ(decoded("\t\n", 4), (values{"", ""}));
}

TEST(LoadReader, WritesArrays) {
    array_text array;
    EXPECT_EQ(array.take(), "{}");
    array.add("a\"b\\c");
    array.add(std::nullopt);
    array.add("");
    EXPECT_EQ(array.take(), R"({"a\"b\\c",NULL,""})");
    EXPECT_EQ(array.take(), "{}");
}

// All code points as RFC 3629 writes them; everything else is malformed.
std::string utf8_of(std::uint32_t point) {
    const auto byte = [](std::uint32_t value) {
        return static_cast<char>(value);
    };
    if (point < 0x80) {
        return {byte(point)};
    }
    if (point < 0x800) {
        return {byte(0xc0 | point >> 6), byte(0x80 | (point & 63))};
    }
    if (point < 0x10000) {
        return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 63)),
                byte(0x80 | (point & 63))};
    }
    return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 63)),
            byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
}

TEST(LoadReader, TakesAllOfUnicodeButZeroAndSurrogates) {
    std::string text;
    for (std::uint32_t point = 1; point < 0x110000; ++point) {
        if (point < 0xd800 || point > 0xdfff) {
            text += utf8_of(point);
        }
    }
    EXPECT_EQ(first_invalid_byte(text), text.size());
}

TEST(LoadReader, FindsMalformedUtf8AtAnyPlace) {
    using namespace std::string_literals;
    for (const std::string& bad : {"\0"s, "\x80"s, "\xc1\x80"s, "\xe0\x9f\x80"s, "\xed\xa0\x80"s,
                                   "\xf0\x8f\x80\x80"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s,
                                   "\xc3"s, "\xe2\x82"s, "\xf0\x9f\x98"s, "\xc3(\xa9"s, "\xff"s}) {
        for (std::size_t before = 0; before < 20; ++before) {
            for (const std::size_t after : {std::size_t{0}, std::size_t{20}}) {
                const std::string text = std::string(before, 'a') + bad + std::string(after, 'b');
                EXPECT_EQ(first_invalid_byte(text), before);
            }
        }
    }
}

}  // namespace load_reader_test
