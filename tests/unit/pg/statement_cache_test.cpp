// SPDX-License-Identifier: Apache-2.0
#include "pg/session/statement_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace statement_cache_test {

using dsql::oid;
using dsql::pg::statement_cache;
using dsql::pg::statement_name;
namespace oids = dsql::oids;

constexpr std::array<oid, 0> none{};
constexpr std::array<oid, 1> one_int{oids::int4};
constexpr std::array<oid, 1> one_text{oids::text};
constexpr std::array<oid, 2> two_ints{oids::int4, oids::int4};

statement_cache evicting(std::size_t capacity) {
    return {capacity, true, "p_"};
}
// A cache whose server cannot close a prepared statement.
statement_cache keeping(std::size_t capacity) {
    return {capacity, false, "p_"};
}

// The name under which a statement was added, or "" when the cache was full.
std::string added(statement_cache& cache, std::string_view sql) {
    const auto entry = cache.add(sql, none);
    return entry ? entry->statement.name : "";
}

// The name of the statement that was evicted for a new one, or "" when none was.
std::string evicted_by(statement_cache& cache, std::string_view sql) {
    const auto entry = cache.add(sql, none);
    return entry ? entry->evicted.value_or("") : "not added";
}

TEST(StatementName, DependsOnTextAndTypesOnly) {
    EXPECT_EQ(statement_name("p_", "SELECT $1", one_int),
              statement_name("p_", "SELECT $1", one_int));
    const std::vector<std::string> names = {
        statement_name("p_", "SELECT $1", none),     statement_name("p_", "SELECT $1", one_int),
        statement_name("p_", "SELECT $1", one_text), statement_name("p_", "SELECT $1", two_ints),
        statement_name("p_", "SELECT $2", none),     statement_name("p_", "", none),
        statement_name("q_", "SELECT $1", none)};
    for (std::size_t i = 0; i < names.size(); ++i) {
        EXPECT_EQ(std::count(names.begin(), names.end(), names[i]), 1) << i;
    }
}

// PostgreSQL truncates names at 63 bytes. It does not fold names in protocol messages.
TEST(StatementName, IsAShortIdentifier) {
    const std::string name = statement_name("prefix_", std::string(100'000, 'x'), two_ints);
    EXPECT_EQ(name.substr(0, 7), "prefix_");
    EXPECT_EQ(name.size(), 7U + 32U);
    EXPECT_TRUE(std::all_of(name.begin() + 7, name.end(), [](unsigned char c) {
        return std::isdigit(c) != 0 || (c >= 'a' && c <= 'f');
    })) << name;
}

TEST(StatementCache, FindsTheSameTextWithTheSameTypesOnly) {
    statement_cache cache = evicting(10);
    EXPECT_EQ(cache.find("SELECT $1", one_int), nullptr);
    const std::string name = cache.add("SELECT $1", one_int)->statement.name;
    EXPECT_EQ(name, statement_name("p_", "SELECT $1", one_int));
    ASSERT_NE(cache.find("SELECT $1", one_int), nullptr);
    EXPECT_EQ(cache.find("SELECT $1", one_int)->name, name);
    EXPECT_EQ(cache.find("SELECT $1", none), nullptr);
    EXPECT_EQ(cache.find("SELECT $1", one_text), nullptr);
    EXPECT_EQ(cache.find("SELECT $1", two_ints), nullptr);
    EXPECT_EQ(cache.find("SELECT $1 ", one_int), nullptr);
    EXPECT_EQ(cache.size(), 1U);
}

TEST(StatementCache, CopiesItsKeys) {
    statement_cache cache = evicting(10);
    std::string sql = "SELECT $1";
    std::vector<oid> types = {oids::int4};
    static_cast<void>(cache.add(sql, types));
    sql = "SELECT $2";
    types = {oids::text};
    EXPECT_NE(cache.find("SELECT $1", one_int), nullptr);
}

TEST(StatementCache, EvictsTheLeastRecentlyUsed) {
    statement_cache cache = evicting(2);
    const std::string first = added(cache, "1");
    const std::string second = added(cache, "2");
    EXPECT_EQ(evicted_by(cache, "3"), first);
    EXPECT_NE(cache.find("2", none), nullptr);  // now "3" is the least recently used
    EXPECT_EQ(evicted_by(cache, "4"), statement_name("p_", "3", none));
    EXPECT_EQ(evicted_by(cache, "1"), second);
    EXPECT_EQ(cache.size(), 2U);
}

TEST(StatementCache, AnEvictedStatementGetsItsOldNameAgain) {
    statement_cache cache = evicting(1);
    const std::string name = added(cache, "1");
    EXPECT_EQ(evicted_by(cache, "2"), name);
    EXPECT_EQ(added(cache, "1"), name) << "its name is closed on the server before";
}

TEST(StatementCache, WithoutCapacityItIsAlwaysFull) {
    for (statement_cache cache : {evicting(0), keeping(0)}) {
        EXPECT_EQ(added(cache, "1"), "");
        EXPECT_EQ(cache.find("1", none), nullptr);
        EXPECT_EQ(cache.size(), 0U);
    }
}

TEST(StatementCache, RemoveForgetsByName) {
    statement_cache cache = evicting(2);
    const std::string first = added(cache, "1");
    static_cast<void>(added(cache, "2"));
    cache.remove(first);
    cache.remove("nosuch");
    EXPECT_EQ(cache.find("1", none), nullptr);
    EXPECT_NE(cache.find("2", none), nullptr);
    EXPECT_EQ(evicted_by(cache, "3"), "") << "there is room again";
}

TEST(StatementCache, ClearReturnsTheNamesOfAll) {
    statement_cache cache = evicting(3);
    std::vector<std::string> expected = {added(cache, "1"), added(cache, "2")};
    std::vector<std::string> names = cache.clear();
    std::sort(expected.begin(), expected.end());
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, expected);
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_EQ(cache.find("1", none), nullptr);
    EXPECT_TRUE(cache.clear().empty());
}

TEST(StatementCache, WithoutEvictionAFullCacheRejectsStatements) {
    statement_cache cache = keeping(2);
    EXPECT_NE(added(cache, "1"), "");
    EXPECT_NE(added(cache, "2"), "");
    EXPECT_EQ(added(cache, "3"), "");
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_NE(cache.find("1", none), nullptr);
}

// A statement that cannot be closed may still exist on the server, so every name must be new.
TEST(StatementCache, WithoutEvictionNoNameIsReused) {
    statement_cache cache = keeping(2);
    std::vector<std::string> names = {added(cache, "1")};
    EXPECT_EQ(names[0], statement_name("p_", "1", none)) << "the same on each connection";
    cache.remove(names[0]);
    names.push_back(added(cache, "1"));
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(cache.clear().size(), 1U);
        names.push_back(added(cache, "1"));
    }
    for (const std::string& name : names) {
        EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
    }
}

}  // namespace statement_cache_test
