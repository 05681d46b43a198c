// SPDX-License-Identifier: Apache-2.0
#include "wire/message_splitter.hpp"

#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace message_splitter_test {

using namespace dsql_local;

// Returns the pieces of a stream that arrives in chunks of `size`. Adjacent runs are joined.
std::vector<std::string> split(const std::string& stream, std::size_t chunk_size) {
    message_splitter splitter("QZ");
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
    message_splitter splitter("Z");
    std::string_view chunk = rows;
    const auto piece = splitter.next(chunk);
    ASSERT_TRUE(piece);
    EXPECT_EQ(piece->bytes.size(), rows.size());
}

TEST(message_splitter, a_message_in_one_chunk_is_not_copied) {
    const std::string stream = encode_message('Z', "T");
    message_splitter splitter("Z");
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

}  // namespace message_splitter_test
