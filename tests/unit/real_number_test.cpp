// SPDX-License-Identifier: Apache-2.0
#include "base/real_number.hpp"

#include <gtest/gtest.h>
#include <locale.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace real_number_test {

using namespace dsql;

template <class Real>
struct outcome {
    std::errc failure{};
    Real value = 7;  // what it was before
    bool operator==(const outcome&) const = default;
};

template <class Real>
outcome<Real> read(std::string_view text) {
    outcome<Real> got;
    got.failure = detail::read_real(text, got.value);
    return got;
}

template <class Real>
outcome<Real> read_by_c_library(std::string_view text) {
    outcome<Real> got;
    got.failure = detail::read_real_by_c_library(text, got.value);
    return got;
}

template <class Real>
void expect(std::string_view text, const outcome<Real>& expected) {
    EXPECT_EQ(read<Real>(text), expected) << text;
    EXPECT_EQ(read_by_c_library<Real>(text), expected) << text;
}

TEST(RealNumber, TheNearestNumberOfTheWholeText) {
    for (const auto& [text, value] : {std::pair("0", 0.0),
                                      {"-1.5", -1.5},
                                      {"1.", 1.0},
                                      {".5", 0.5},
                                      {"1e5", 1e5},
                                      {"1.25E-3", 1.25e-3},
                                      {"1e+2", 100.0},
                                      {"007", 7.0},
                                      {"0e-9999", 0.0},
                                      {"4.9406564584124654e-324", 4.9406564584124654e-324},
                                      {"1.7976931348623157e308", 1.7976931348623157e308},
                                      {"9007199254740993", 9007199254740992.0}}) {
        expect<double>(text, {.value = value});
    }
    // Rounding first to double gives the midpoint of two floats, which then rounds down to the even
    // one.
    expect<float>("1.00000005960464477539062500001", {.value = 1.00000011920928955F});
    // As many digits as a numeric has.
    const std::string zeros(16'000, '0');
    expect<double>("1" + zeros + "e-16000", {.value = 1.0});
    expect<double>("0." + zeros + "1e16001", {.value = 1.0});
}

TEST(RealNumber, NumbersOutOfRange) {
    for (const char* text :
         {"1e309", "-1e309", "1e99999999999", "1e-400", "-1e-400", "0.1e-99999"}) {
        expect<double>(text, {.failure = std::errc::result_out_of_range});
    }
    for (const char* text : {"1e39", "-1e39", "1e-50"}) {
        expect<float>(text, {.failure = std::errc::result_out_of_range});
    }
}

TEST(RealNumber, OtherTexts) {
    for (const std::string_view text :
         {std::string_view(""), std::string_view(" 1"), std::string_view("1 "),
          std::string_view("+1"), std::string_view("--1"), std::string_view("1,5"),
          std::string_view("."), std::string_view("-"), std::string_view("e5"),
          std::string_view("1e"), std::string_view("1e+"), std::string_view("1.2.3"),
          std::string_view("0x10"), std::string_view("inf"), std::string_view("-Infinity"),
          std::string_view("nan"), std::string_view("1\0", 2), std::string_view("1\0002", 3)}) {
        expect<double>(text, {.failure = std::errc::invalid_argument});
        expect<float>(text, {.failure = std::errc::invalid_argument});
    }
}

TEST(RealNumber, TheLocaleOfTheThreadDoesNotMatter) {
    const locale_t german = newlocale(LC_ALL_MASK, "de_DE.UTF-8", nullptr);
    if (german == nullptr) {
        GTEST_SKIP() << "the C library has no German locale here";
    }
    const locale_t before = uselocale(german);
    expect<double>("1.5", {.value = 1.5});
    expect<double>("1,5", {.failure = std::errc::invalid_argument});
    uselocale(before);
    freelocale(german);
}

// Every double and float is read back from its shortest text, and from a text of many digits.
TEST(RealNumber, RandomNumbersAreReadBack) {
    std::mt19937_64 random(20);
    for (int round = 0; round < 20'000; ++round) {
        const std::uint64_t bits = random();
        double number = 0;
        std::memcpy(&number, &bits, sizeof number);
        if (!std::isfinite(number) || number == 0) {
            continue;
        }
        std::array<char, 64> text{};
        const char* const end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
        expect<double>({text.data(), end}, {.value = number});
        const auto narrow = static_cast<float>(static_cast<std::int32_t>(bits)) * 1e-30F;
        if (narrow != 0) {
            const char* const narrow_end =
                std::to_chars(text.data(), text.data() + text.size(), narrow).ptr;
            expect<float>({text.data(), narrow_end}, {.value = narrow});
        }
    }
}

}  // namespace real_number_test
