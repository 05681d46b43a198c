// SPDX-License-Identifier: Apache-2.0
// Using one session through this library and through libpqxx. Built with libpqxx 7.8 or later.
#include <dsql/dsql.hpp>
#include <dsql/pqxx.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <pqxx/nontransaction>
#include <pqxx/transaction>

#include <string>
#include <vector>

namespace pqxx_test {

class Pqxx : public testing::Test {
protected:
    static int backend_of(dsql::connection& session) {
        return session.query_value<int>("SELECT pg_backend_pid()");
    }
    static int value_of(pqxx::connection& session, const std::string& sql) {
        pqxx::nontransaction work(session);
        return work.query_value<int>(sql);
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Pqxx, TakesOverTheSession) {
    const int backend = backend_of(session_);
    pqxx::connection other = dsql::to_pqxx(std::move(session_));
    EXPECT_TRUE(other.is_open());
    EXPECT_EQ(other.backendpid(), backend);
    EXPECT_EQ(value_of(other, "SELECT pg_backend_pid()"), backend);
    EXPECT_FALSE(session_.is_open());
    EXPECT_EQ(session_.native_handle(), nullptr);
}

TEST_F(Pqxx, RunsTransactionsAndPreparedStatements) {
    session_.execute("CREATE TEMP TABLE items (id int)");
    pqxx::connection other = dsql::to_pqxx(std::move(session_));
    {
        pqxx::work work(other);
        work.exec("INSERT INTO items VALUES (1)");
        work.commit();
    }
    {
        pqxx::work work(other);
        work.exec("INSERT INTO items VALUES (2)");
    }
    dsql::connection back = dsql::from_pqxx(std::move(other));
    EXPECT_EQ(back.query_value<int>("SELECT sum(id)::int FROM items"), 1);
}

TEST_F(Pqxx, ReturnsTheSession) {
    const int backend = backend_of(session_);
    pqxx::connection other = dsql::to_pqxx(std::move(session_));
    dsql::connection back =
        dsql::from_pqxx(std::move(other), {.command_timeout = std::chrono::minutes(1)});
    EXPECT_FALSE(other.is_open());
    EXPECT_EQ(backend_of(back), backend);
    int sum = 0;
    for (const auto& [number] : back.stream<int>("SELECT generate_series(1, $1)", 1'000)) {
        sum += number;
    }
    EXPECT_EQ(sum, 500'500);
}

TEST_F(Pqxx, MovesBackAndForthWithItsStatements) {
    dsql::connection session = std::move(session_);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(session.query_value<int>("SELECT $1::int", i), i);
        EXPECT_EQ(session.query_value<int>(session.prepare("SELECT $1::int + 1"), i), i + 1);
        pqxx::connection other = dsql::to_pqxx(std::move(session));
        EXPECT_EQ(value_of(other, "SELECT " + std::to_string(i)), i);
        session = dsql::from_pqxx(std::move(other));
    }
}

TEST_F(Pqxx, ASessionMadeByLibpqxxMayBeAdopted) {
    // Connects by the PG* variables that `dsql-local run` sets.
    dsql::connection adopted = dsql::from_pqxx(pqxx::connection());
    EXPECT_EQ(adopted.query_value<std::string>("SELECT $1::text", "x"), "x");
}

TEST_F(Pqxx, OnlyAnIdleConnectionIsHandedOver) {
    const auto message = [&] {
        return thrown_message<dsql::error>([&] { return dsql::to_pqxx(std::move(session_)); });
    };
    {
        const dsql::transaction transaction = session_.begin();
        EXPECT_NE(message().find("inside a transaction"), std::string::npos);
    }
    {
        auto rows = session_.stream<int>("SELECT 1");
        EXPECT_NE(message().find("occupied by a stream"), std::string::npos);
    }
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1) << "it is as it was";
    session_.close();
    EXPECT_NE(message().find("is closed"), std::string::npos);
}

TEST_F(Pqxx, NoticesGoToTheOwnerOfTheSession) {
    constexpr const char* sql = "DO $$ BEGIN RAISE NOTICE 'hello'; END $$";
    int ours = 0;
    session_.set_notice_handler([&](const dsql::server_error_fields&) { ++ours; });
    pqxx::connection other = dsql::to_pqxx(std::move(session_));
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 9
    std::vector<std::string> theirs;
    other.set_notice_handler([&](pqxx::zview text) noexcept { theirs.emplace_back(text); });
    pqxx::nontransaction(other).exec(sql);
    ASSERT_EQ(theirs.size(), 1U);
    EXPECT_NE(theirs[0].find("hello"), std::string::npos);
#endif
    dsql::connection back = dsql::from_pqxx(std::move(other), {.on_notice = [&](const auto&) {
                                                ++ours;
                                            }});
    back.execute(sql);
    EXPECT_EQ(ours, 1);
}

}  // namespace pqxx_test
