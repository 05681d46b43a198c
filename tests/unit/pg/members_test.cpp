// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/members.hpp>

#include <gtest/gtest.h>

#include <any>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace outside {

struct user {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::string> note;
};

struct renamed {
    int first = 0;
    std::string second;
};

struct with_c_array {
    int id = 0;
    char code[3] = {};
};

}  // namespace outside

template <>
inline constexpr std::array<std::string_view, 2> dsql::column_names<outside::renamed> = {"id",
                                                                                         "tel"};
template <>
inline constexpr std::array<std::string_view, 2> dsql::column_names<outside::with_c_array> = {
    "id", "code"};

namespace members_test {

using dsql::detail::member_count;
using dsql::detail::member_names;
using dsql::detail::member_types;
using dsql::detail::plain_aggregate;
using dsql::detail::tie_members;
using std::chrono::milliseconds;
using std::chrono::sys_time;

template <class Member>
struct one {
    Member only;
};
template <class Member>
struct three {
    Member first;
    Member second;
    Member third;
};

enum class colour : std::uint8_t { red };
enum old_colour { blue };
struct point {
    int x = 0;
    int y = 0;
};
struct empty {};

class made_from_anything {
public:
    made_from_anything() = default;
    template <class T>
    made_from_anything(T&&) {}  // NOLINT(bugprone-forwarding-reference-overload): on purpose
};
class made_from_any_const {
public:
    made_from_any_const() = default;
    template <class T>
    made_from_any_const(const T&) {}
};
class made_from_several {
public:
    made_from_several() = default;
    made_from_several(int) {}
    made_from_several(const char*) {}
    made_from_several(const std::string&) {}
    made_from_several(std::string&&) {}
    explicit made_from_several(const std::vector<int>&) {}
};
class without_default {
public:
    explicit without_default(int value) : value_(value) {}
    [[nodiscard]] int value() const { return value_; }

private:
    int value_;
};
class of_anything_convertible {
public:
    template <class T>
    requires(std::is_convertible_v<T, std::string_view>) of_anything_convertible(const T&) {}
};

/// Whether a member is counted correctly when it is alone, first, in the middle, and last.
template <class... Members>
constexpr bool counted = ((member_count<one<Members>> == 1 && member_count<three<Members>> == 3) &&
                          ...);

static_assert(counted<int, bool, double, char, std::uint64_t, colour, old_colour, int*>);
static_assert(counted<std::string, std::string_view, const char*, std::vector<std::byte>>);
static_assert(counted<std::optional<int>, std::optional<std::string>, std::optional<point>>);
static_assert(counted<std::optional<std::optional<std::string>>, std::optional<milliseconds>>);
static_assert(counted<std::vector<int>, std::vector<std::string>, std::vector<std::vector<int>>>);
static_assert(counted<std::array<int, 3>, std::array<std::string, 2>, std::array<char, 16>>);
static_assert(counted<point, three<point>, empty, one<one<std::string>>>);
static_assert(counted<std::unique_ptr<int>, std::shared_ptr<int>, std::unique_ptr<point>>);
static_assert(counted<milliseconds, sys_time<std::chrono::microseconds>, std::chrono::sys_days,
                      std::chrono::year_month_day, std::chrono::hh_mm_ss<milliseconds>>);
static_assert(counted<std::map<std::string, int>, std::pair<int, std::string>, std::tuple<>,
                      std::tuple<int, std::string>, std::function<int(int)>, std::any>);
static_assert(counted<std::variant<int, std::string>, std::variant<std::monostate, std::any>>);
static_assert(counted<made_from_anything, made_from_any_const, made_from_several>);
static_assert(counted<without_default, of_anything_convertible>);
static_assert(counted<const int, const std::string, const std::optional<int>, const point>);

struct defaults_between {
    int a = 1;
    without_default b;
    std::string c = "c";
    without_default d;
    std::optional<int> e = 5;
};
static_assert(member_count<defaults_between> == 5);
static_assert(member_count<const defaults_between> == 5);

struct default_only_here {
    without_default a = without_default(1);
    int b = 2;
};
static_assert(member_count<default_only_here> == 2);

#define TEST_EIGHT(prefix) \
    int prefix##1, prefix##2, prefix##3, prefix##4, prefix##5, prefix##6, prefix##7, prefix##8
struct sixty_four {
    TEST_EIGHT(a);
    TEST_EIGHT(b);
    TEST_EIGHT(c);
    TEST_EIGHT(d);
    TEST_EIGHT(e);
    TEST_EIGHT(f);
    TEST_EIGHT(g);
    TEST_EIGHT(h);
};
struct sixty_four_without_default {
    TEST_EIGHT(a);
    TEST_EIGHT(b);
    TEST_EIGHT(c);
    TEST_EIGHT(d);
    TEST_EIGHT(e);
    TEST_EIGHT(f);
    TEST_EIGHT(g);
    int h1, h2, h3, h4, h5, h6, h7;
    without_default h8;
};
#undef TEST_EIGHT
static_assert(member_count<sixty_four> == 64);
static_assert(member_count<sixty_four_without_default> == 64);

class with_constructor {
public:
    explicit with_constructor(int value) : public_(value) {}
    int public_;
};
struct derived : point {
    int z = 0;
};
union either {
    int number;
    float real;
};
static_assert(plain_aggregate<point> && plain_aggregate<one<empty>> &&
              plain_aggregate<defaults_between>);
static_assert(!plain_aggregate<empty> && !plain_aggregate<int> && !plain_aggregate<int[2]>);
static_assert(!plain_aggregate<std::array<int, 2>> && !plain_aggregate<std::pair<int, int>>);
static_assert(!plain_aggregate<std::string> && !plain_aggregate<with_constructor>);
static_assert(!plain_aggregate<either> && !plain_aggregate<point&>);

// The types that `member_count` rejects with a `static_assert` message.
static_assert(dsql::detail::has_base<derived, 2>);
static_assert(!dsql::detail::has_base<point, 2>);
static_assert(!dsql::detail::has_base<three<made_from_anything>, 3>);
static_assert(!dsql::detail::has_base<three<std::any>, 3>);

struct of_each_kind {
    const int number = 0;
    std::string text;
    std::unique_ptr<int> pointer;
    point nested;
};
static_assert(std::is_same_v<member_types<of_each_kind>,
                             std::tuple<int, std::string, std::unique_ptr<int>, point>>);
static_assert(std::is_same_v<member_types<const of_each_kind>, member_types<of_each_kind>>);
static_assert(std::is_same_v<decltype(tie_members(std::declval<of_each_kind&>())),
                             std::tuple<const int&, std::string&, std::unique_ptr<int>&, point&>>);
static_assert(std::is_same_v<decltype(tie_members(std::declval<const of_each_kind&>())),
                             std::tuple<const int&, const std::string&, const std::unique_ptr<int>&,
                                        const point&>>);

TEST(Members, AreTiedInTheirOrder) {
    outside::user user = {7, "Ada", std::nullopt};
    auto members = tie_members(user);
    EXPECT_EQ(&std::get<0>(members), &user.id);
    EXPECT_EQ(&std::get<1>(members), &user.name);
    EXPECT_EQ(&std::get<2>(members), &user.note);
    std::get<2>(members) = "set through the tie";
    EXPECT_EQ(user.note, "set through the tie");
}

TEST(Members, AreTiedInAConstantExpression) {
    constexpr auto sum = [] {
        const point value = {3, 4};
        const auto [x, y] = tie_members(value);
        return x + y;
    }();
    static_assert(sum == 7);
}

TEST(Members, TheLargestStructureTiesEveryMember) {
    sixty_four value{};
    value.a1 = 1;
    value.h7 = 63;
    value.h8 = 64;
    auto members = tie_members(value);
    static_assert(std::tuple_size_v<decltype(members)> == 64);
    EXPECT_EQ(std::get<0>(members), 1);
    EXPECT_EQ(std::get<62>(members), 63);
    EXPECT_EQ(std::get<63>(members), 64);
}

/// The names as a vector, for comparison.
template <class T>
std::vector<std::string_view> names_of() {
    return {member_names<T>.begin(), member_names<T>.end()};
}
using names = std::vector<std::string_view>;

TEST(Members, NamesAreFound) {
    static_assert(member_names<outside::user>[1] == "name");
    EXPECT_EQ(names_of<outside::user>(), (names{"id", "name", "note"}));
    EXPECT_EQ(names_of<const outside::user>(), (names{"id", "name", "note"}));
}

TEST(Members, HaveTheirNamesInUnnamedNamespaces) {
    EXPECT_EQ(names_of<of_each_kind>(), (names{"number", "text", "pointer", "nested"}));
    EXPECT_EQ(names_of<defaults_between>(), (names{"a", "b", "c", "d", "e"}));
    EXPECT_EQ(member_names<sixty_four>[63], "h8");
}

TEST(Members, HaveTheirNamesInTemplates) {
    EXPECT_EQ(names_of<three<int>>(), (names{"first", "second", "third"}));
    EXPECT_EQ(names_of<three<of_each_kind>>(), (names{"first", "second", "third"}));
    EXPECT_EQ(names_of<one<std::function<void(std::string::size_type)>>>(), (names{"only"}));
}

struct outer {
    struct inner {
        int id_2 = 0;
        std::string Mixed_Case;
    };
    inner nested;
    inner another;
};

TEST(Members, HaveTheirNamesInNestedClasses) {
    EXPECT_EQ(names_of<outer>(), (names{"nested", "another"}));
    EXPECT_EQ(names_of<outer::inner>(), (names{"id_2", "Mixed_Case"}));
}

TEST(Members, HaveTheirNamesInClassesOfAFunction) {
    struct local {
        int id = 0;
        std::string name;
    };
    EXPECT_EQ(names_of<local>(), (names{"id", "name"}));
    const auto from_lambda = [] {
        struct within {
            std::string_view text;
        };
        return names_of<within>();
    };
    EXPECT_EQ(from_lambda(), (names{"text"}));
}

TEST(Members, MayHaveNamesWithOtherLetters) {
    struct local {
        int größe = 0;
        int x1 = 0;
    };
    EXPECT_EQ(names_of<local>(), (names{"größe", "x1"}));
}

TEST(Members, OfSeveralStructuresMayShareNames) {
    struct local {
        int y = 0;
        int x = 0;
    };
    EXPECT_EQ(names_of<point>(), (names{"x", "y"}));
    EXPECT_EQ(names_of<local>(), (names{"y", "x"}));
}

TEST(Members, NamesCanBeSpecialized) {
    static_assert(member_count<outside::renamed> == 2);
    EXPECT_EQ(names_of<outside::renamed>(), (names{"id", "tel"}));
    EXPECT_EQ(names_of<const outside::renamed>(), (names{"id", "tel"}));
}

TEST(Members, CountsCanBeSpecialized) {
    static_assert(member_count<outside::with_c_array> == 2);
    static_assert(member_count<const outside::with_c_array> == 2);
    outside::with_c_array value;
    std::get<1>(tie_members(value))[2] = 'c';
    EXPECT_EQ(value.code[2], 'c');
    EXPECT_EQ(names_of<outside::with_c_array>(), (names{"id", "code"}));
}

}  // namespace members_test
