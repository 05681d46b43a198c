// SPDX-License-Identifier: Apache-2.0
#include "export/row_collector.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace row_collector_test {

using dsql_cli::exports::row_collector;

// Everything in it that could be taken for the end of a row is encoded but the line breaks.
constexpr std::string_view rows =
    "1\tplain\n\n2\t\\n\\\\n\\\\\\n\n3\t\"a\n\t\n\\N\t\\.\n4\tthe last row\n";

class RowCollector : public testing::TestWithParam<std::size_t> {
protected:
    std::string joined() const {
        std::string all;
        for (const std::string& piece : pieces_) {
            all += piece;
        }
        return all;
    }

    std::vector<std::string> pieces_{};
    row_collector collector_{GetParam(), [this](std::string_view piece) {
                                 pieces_.emplace_back(piece);
                             }};
};

TEST_P(RowCollector, PiecesAreOfWholeRowsWhereverTheDataIsCut) {
    for (std::size_t cut = 0; cut <= rows.size(); ++cut) {
        pieces_.clear();
        collector_.add(rows.substr(0, cut));
        collector_.add(rows.substr(cut));
        collector_.finish();
        EXPECT_EQ(joined(), rows) << cut;
        for (std::size_t i = 0; i < pieces_.size(); ++i) {
            EXPECT_EQ(pieces_[i].back(), '\n') << cut;
            EXPECT_TRUE(i + 1 == pieces_.size() || pieces_[i].size() >= GetParam()) << cut;
        }
    }
}

TEST_P(RowCollector, DataMayComeByteByByte) {
    for (const char& c : rows) {
        collector_.add({&c, 1});
    }
    collector_.finish();
    EXPECT_EQ(joined(), rows);
    for (const std::string& piece : pieces_) {
        EXPECT_EQ(piece.back(), '\n');
    }
}

TEST_P(RowCollector, ACutCopyLeavesItsWholeRows) {
    for (std::size_t cut = 0; cut <= rows.size(); ++cut) {
        pieces_.clear();
        const std::string_view received = rows.substr(0, cut);
        collector_.add(received);
        collector_.finish_whole_rows();
        EXPECT_EQ(joined(), received.substr(0, received.rfind('\n') + 1)) << cut;
        pieces_.clear();
        collector_.add("next\n");
        collector_.finish();
        EXPECT_EQ(joined(), "next\n") << cut;
    }
}

TEST_P(RowCollector, ARowThatDoesNotEndIsHandedOverAtTheEnd) {
    collector_.add("a\nb");
    collector_.finish();
    EXPECT_EQ(joined(), "a\nb");
}

TEST_P(RowCollector, WhatIsDiscardedDoesNotComeBack) {
    collector_.add("b");
    collector_.discard();
    collector_.add("c\n");
    collector_.finish();
    EXPECT_EQ(joined(), "c\n");
}

TEST_P(RowCollector, ARowMayBeMuchLargerThanAPiece) {
    const std::string part(10'000, 'x');
    for (int i = 0; i < 100; ++i) {
        collector_.add(part);
    }
    collector_.add("\n1\n");
    collector_.finish();
    EXPECT_EQ(joined().size(), 1'000'003U);
    EXPECT_EQ(pieces_.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RowCollector, testing::Values(1, 2, 7, 10'000));

}  // namespace row_collector_test
