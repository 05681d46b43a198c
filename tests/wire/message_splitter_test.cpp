// SPDX-License-Identifier: Apache-2.0
#include "wire/message_splitter.hpp"

#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

namespace message_splitter_test {

using namespace wire;

constexpr message_parts whole_parts = {{'Q', message_part::whole}, {'Z', message_part::whole}};

// Returns the pieces of a stream that arrives in chunks of `size`. Adjacent runs are joined.
std::vector<std::string> split(const std::string& stream, std::size_t chunk_size) {
    message_splitter splitter(whole_parts);
    std::vector<std::string> pieces;
    bool last_was_run = false;
    for (std::size_t at = 0; at < stream.size(); at += chunk_size) {
        std::string_view chunk = std::string_view(stream).substr(at, chunk_size);
        while (const auto piece = splitter.next(chunk)) {
            if (last_was_run && !piece->is_message()) {
                pieces.back() += piece->bytes;
            } else {
                pieces.emplace_back(piece->bytes);
            }
            last_was_run = !piece->is_message();
        }
        EXPECT_TRUE(chunk.empty());
    }
    return pieces;
}

TEST(message_splitter, chunks_of_any_size_give_the_same) {
    const std::string rows = encode_message('D', "one") + encode_message('D', "") +
                             encode_message('D', std::string(300, 'x'));
    const std::string query = encode_message('Q', std::string(100, 'q'));
    const std::string ready = encode_message('Z', "I");
    const std::string stream = rows + query + ready + ready + rows + query;
    const std::vector<std::string> expected = {rows, query, ready, ready, rows, query};
    for (std::size_t size = 1; size <= stream.size(); ++size) {
        EXPECT_EQ(split(stream, size), expected) << size;
    }
}

TEST(message_splitter, a_run_is_as_long_as_its_chunk) {
    std::string rows;
    for (int i = 0; i < 1000; ++i) {
        rows += encode_message('D', "row");
    }
    message_splitter splitter(whole_parts);
    std::string_view chunk = rows;
    const auto piece = splitter.next(chunk);
    ASSERT_TRUE(piece);
    EXPECT_EQ(piece->bytes.size(), rows.size());
}

TEST(message_splitter, a_message_in_one_chunk_is_not_copied) {
    const std::string stream = encode_message('Z', "T");
    message_splitter splitter(whole_parts);
    std::string_view chunk = stream;
    const auto piece = splitter.next(chunk);
    ASSERT_TRUE(piece);
    EXPECT_EQ(piece->type, 'Z');
    EXPECT_EQ(piece->body(), "T");
    EXPECT_EQ(piece->bytes.data(), stream.data());
}

TEST(message_splitter, an_impossible_length_lets_everything_pass) {
    const std::string stream = std::string("Q\0\0\0\3", 5) + encode_message('Q', "after");
    EXPECT_EQ(split(stream, 3), std::vector<std::string>{stream});
}

TEST(message_splitter, no_more_is_held_than_is_needed) {
    static constexpr message_parts parts = {{'H', message_part::header},
                                            {'1', message_part::one_string},
                                            {'2', message_part::two_strings}};
    const std::string body = std::string("one\0two\0three", 13);
    const std::vector<std::pair<char, std::size_t>> needed = {{'H', 5}, {'1', 9}, {'2', 13}};
    for (const auto& [type, part] : needed) {
        const std::string stream = encode_message(type, body) + encode_message('x', "run");
        message_splitter splitter(parts);
        for (std::size_t at = 0; at < stream.size(); ++at) {
            std::string_view chunk = std::string_view(stream).substr(at, 1);
            const auto piece = splitter.next(chunk);
            EXPECT_TRUE(chunk.empty());
            if (at + 1 < part) {
                EXPECT_FALSE(piece);
            } else if (at + 1 == part) {
                ASSERT_TRUE(piece);
                EXPECT_EQ(piece->type, type);
                EXPECT_EQ(piece->bytes, stream.substr(0, part));
                EXPECT_EQ(piece->size, 5 + body.size());
            } else if (at < 5 + body.size()) {
                ASSERT_TRUE(piece);
                EXPECT_TRUE(piece->is_rest);
                EXPECT_EQ(piece->bytes, stream.substr(at, 1));
            }
        }
    }
}

TEST(message_splitter, a_message_above_the_limit_shows_its_header_only) {
    for (const char type : {'Q', 'd'}) {
        const std::string stream = encode_message(type, std::string(16, 'x'));
        message_splitter accepts(whole_parts, {.message = 21});
        std::string_view chunk = stream;
        EXPECT_FALSE(accepts.next(chunk)->is_too_large);
        message_splitter rejects(whole_parts, {.message = 20});
        chunk = stream;
        const auto piece = rejects.next(chunk);
        ASSERT_TRUE(piece);
        EXPECT_TRUE(piece->is_too_large);
        EXPECT_EQ(piece->type, type);
        EXPECT_EQ(piece->size, 21U);
    }
}

TEST(message_splitter, the_needed_part_has_a_limit_of_its_own) {
    static constexpr message_parts parts = {{'Q', message_part::one_string}};
    message_splitter splitter(parts, {.part = 100});
    const std::string stream = encode_message('Q', std::string(1000, 'x') + '\0');
    std::optional<stream_piece> piece;
    std::size_t at = 0;
    for (; at < stream.size() && !piece; ++at) {
        std::string_view chunk = std::string_view(stream).substr(at, 1);
        piece = splitter.next(chunk);
    }
    ASSERT_TRUE(piece);
    EXPECT_TRUE(piece->is_too_large);
    EXPECT_EQ(at, 101U);
}

}  // namespace message_splitter_test
