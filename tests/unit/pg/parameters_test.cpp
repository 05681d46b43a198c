// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/parameters.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace {

using dsql::parameters;

TEST(Parameters, WritesEachKindInPostgresText) {
    const std::string text = "own";
    const char* const no_text = nullptr;
    const parameters values("literal", text, std::string_view("view"), no_text, true, false, 1,
                            std::numeric_limits<long long>::min(),
                            std::numeric_limits<unsigned long long>::max(), 0.1, 1.5F, nullptr,
                            std::nullopt, std::optional<int>(), std::optional<int>(7), short(3));
    const std::vector<std::optional<std::string>> expected = {"literal",
                                                              "own",
                                                              "view",
                                                              std::nullopt,
                                                              "t",
                                                              "f",
                                                              "1",
                                                              "-9223372036854775808",
                                                              "18446744073709551615",
                                                              "0.1",
                                                              "1.5",
                                                              std::nullopt,
                                                              std::nullopt,
                                                              std::nullopt,
                                                              "7",
                                                              "3"};
    ASSERT_EQ(values.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(values.text(i), expected[i]) << "parameter " << i + 1;
    }
}

TEST(Parameters, FloatingPointSurvivesTheWayThere) {
    using limits = std::numeric_limits<double>;
    for (const double value :
         {limits::min(), limits::max(), limits::lowest(), 1e-300, 0.1 + 0.2, -0.0}) {
        EXPECT_EQ(std::stod(*parameters(value).text(0)), value);
    }
    EXPECT_EQ(parameters(limits::infinity()).text(0), "Infinity");
    EXPECT_EQ(parameters(-limits::infinity()).text(0), "-Infinity");
    EXPECT_EQ(parameters(limits::quiet_NaN()).text(0), "NaN");
}

TEST(Parameters, AZeroByteIsRefused) {
    EXPECT_THROW(parameters(std::string_view("a\0b", 3)), dsql::conversion_error);
}

}  // namespace
