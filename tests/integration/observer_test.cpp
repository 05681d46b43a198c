// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace observer_test {

using dsql::observer;

// Records all calls. Each end contains the number of its start.
class recorder : public observer {
public:
    span connect_started(const dsql::connect_event& event) noexcept override {
        return start("connect " + std::string(event.user));
    }
    void connect_ended(span of, const std::exception* failure) noexcept override {
        end("connect", of, failure);
    }
    span acquire_started(const dsql::acquire_event& event) noexcept override {
        return start(event.where.line() > 0 ? "acquire" : "acquire from nowhere");
    }
    void acquire_ended(span of, const std::exception* failure) noexcept override {
        end("acquire", of, failure);
    }
    void released(const dsql::release_event& event) noexcept override {
        note(event.kept ? "release kept" : "release closed");
    }
    span query_started(const dsql::query_event& event) noexcept override {
        return start("query " + std::string(event.sql));
    }
    void query_ended(span of, const dsql::query_end_event& ended) noexcept override {
        end("query", of, ended.error);
        const std::lock_guard lock(mutex_);
        ends_.push_back({std::string(ended.sql), ended.where.line(), ended.rows,
                         ended.duration > std::chrono::nanoseconds(0), ended.error != nullptr});
    }
    span token_refresh_started() noexcept override { return start("token"); }
    void token_refresh_ended(span of, const std::exception* failure) noexcept override {
        end("token", of, failure);
    }
    void retrying(const dsql::retry_event& event) noexcept override {
        note("retry " + std::string(to_string(event.operation)) +
             (event.sql.empty() ? "" : " of " + std::string(event.sql)) +
             (event.where.line() == 0 ? "" : " from a place"));
    }

    // The end of a statement.
    struct ended_query {
        std::string sql;
        unsigned line;
        std::int64_t rows;
        bool took_time;
        bool failed;
        bool operator==(const ended_query&) const = default;
        friend std::ostream& operator<<(std::ostream& out, const ended_query& of) {
            return out << of.sql << " at " << of.line << ": " << of.rows << " rows, "
                       << (of.took_time ? "some" : "no") << " time, "
                       << (of.failed ? "failed" : "well");
        }
    };
    std::vector<ended_query> take_ends() {
        const std::lock_guard lock(mutex_);
        return std::exchange(ends_, {});
    }
    std::vector<std::string> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(lines_, {});
    }

private:
    span start(const std::string& line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(line);
        return ++spans_;
    }
    void end(const std::string& what, span of, const std::exception* failure) {
        note(what + " " + std::to_string(of) + (failure == nullptr ? " ok" : " failed"));
    }
    void note(const std::string& line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(line);
    }

    std::mutex mutex_;
    std::vector<std::string> lines_;
    std::vector<ended_query> ends_;
    span spans_ = 0;
};

using lines = std::vector<std::string>;

TEST(Observer, ReportsAQueryFromTheTokenToTheRelease) {
    const auto records = std::make_shared<recorder>();
    dsql::config settings = endpoint_under_test();
    settings.observer = records;
    dsql::pool pool(settings, {.max_connections = 1});
    EXPECT_EQ(pool.query_value<int>("SELECT 1"), 1);
    EXPECT_EQ(records->take(),
              (lines{"acquire", "connect " + settings.user, "token", "token 3 ok", "connect 2 ok",
                     "acquire 1 ok", "query SELECT 1", "query 4 ok", "release kept"}));
    EXPECT_THROW(pool.execute("SELECT 1/0"), dsql::server_error);
    EXPECT_EQ(records->take(), (lines{"acquire", "acquire 5 ok", "query SELECT 1/0",
                                      "query 6 failed", "release kept"}));
}

TEST(Observer, ReportsTransactionsBatchesStreamsAndCopies) {
    const auto records = std::make_shared<recorder>();
    dsql::config settings = endpoint_under_test();
    settings.observer = records;
    dsql::connection connection = dsql::connect(settings);
    records->take();
    {
        auto transaction = connection.begin();
        transaction.commit();
    }
    EXPECT_EQ(records->take(), (lines{"query BEGIN", "query 3 ok", "query COMMIT", "query 4 ok"}));
    dsql::batch batch;
    batch.add("SELECT 1");
    batch.add("SELECT 2");
    static_cast<void>(connection.run(batch));
    EXPECT_EQ(records->take(), (lines{"query a batch of 2 statements", "query 5 ok"}));
    {
        int sum = 0;
        for (const auto& [n] : connection.stream<int>("SELECT generate_series(1, 3)")) {
            sum += n;
        }
        EXPECT_EQ(sum, 6);
    }
    EXPECT_EQ(records->take(), (lines{"query SELECT generate_series(1, 3)", "query 6 ok"}));
    const auto failing = [&] {
        for (const auto& [n] : connection.stream<int>("SELECT 1/(2 - g) FROM "
                                                      "generate_series(1, 3) g")) {
            static_cast<void>(n);
        }
    };
    EXPECT_THROW(failing(), dsql::server_error);
    EXPECT_EQ(records->take().back(), "query 7 failed");
}

TEST(Observer, ReportsFailedConnectsAndRetriesOfTheProgram) {
    const auto records = std::make_shared<recorder>();
    dsql::config settings = endpoint_under_test();
    settings.observer = records;
    settings.credentials =
        dsql::static_credentials({.access_key_id = "other", .secret_access_key = "other"});
    dsql::pool pool(settings);
    EXPECT_THROW(static_cast<void>(pool.acquire()), dsql::connection_error);
    EXPECT_EQ(records->take(), (lines{"acquire", "connect " + settings.user, "token", "token 3 ok",
                                      "connect 2 failed", "acquire 1 failed"}));
    pool.count_occ_retry({.operation = dsql::retried_operation::transaction});
    EXPECT_EQ(records->take(), lines{"retry transaction"});
    EXPECT_EQ(pool.stat().occ_retries, 1);
    EXPECT_EQ(pool.stat().token_refreshes, 1);
    EXPECT_EQ(pool.stat().connect_errors, 1);
}

// The end of a statement has everything that a log of slow statements needs, so an observer need
// not store anything from the start.
TEST(Observer, ReportsStatementSourceLocationAndRowsAtTheEnd) {
    const auto records = std::make_shared<recorder>();
    dsql::config settings = endpoint_under_test();
    settings.observer = records;
    dsql::connection session = dsql::connect(settings);
    const auto expect_end = [&records](std::string_view sql, unsigned line, std::int64_t rows,
                                       bool failed = false) {
        const auto ends = records->take_ends();
        ASSERT_EQ(ends.size(), 1U) << sql;
        EXPECT_EQ(ends[0], (recorder::ended_query{std::string(sql), line, rows, true, failed}));
    };
    session.execute("DROP TABLE IF EXISTS observed");
    session.execute("CREATE TABLE observed (n int)");
    records->take_ends();

    session.execute("INSERT INTO observed VALUES (1), (2), (3)");
    expect_end("INSERT INTO observed VALUES (1), (2), (3)", __LINE__ - 1, 3);
    static_cast<void>(session.query("SELECT * FROM observed"));
    expect_end("SELECT * FROM observed", __LINE__ - 1, 3);
    EXPECT_THROW(session.execute("SELECT 1/0"), dsql::server_error);
    expect_end("SELECT 1/0", __LINE__ - 1, 0, true);
    const auto both =
        dsql::batch().add("SELECT * FROM observed").add("DELETE FROM observed WHERE n = 1");
    const unsigned line_of_batch = __LINE__ - 1;
    static_cast<void>(session.run(both));
    expect_end("a batch of 2 statements", line_of_batch, 4);
    for (const auto& [n] : session.stream<int>("SELECT n FROM observed")) {
        EXPECT_GT(n, 1);
    }
    expect_end("SELECT n FROM observed", __LINE__ - 3, 2);
    auto copying = session.copy_in({.table = "observed"});
    const unsigned line_of_copy = __LINE__ - 1;
    records->take_ends();  // drops the query for the columns
    copying.row(7);
    copying.finish();
    expect_end("COPY \"observed\" FROM STDIN (FORMAT text)", line_of_copy, 1);
    const std::int64_t copied = session.copy_out_to("COPY observed TO STDOUT", [](auto) {});
    EXPECT_EQ(copied, 3);
    expect_end("COPY observed TO STDOUT", __LINE__ - 2, 3);
    session.execute("DROP TABLE observed");
}

TEST(Observer, ReportsTheRetriedStatement) {
    const auto records = std::make_shared<recorder>();
    dsql::config settings = endpoint_under_test();
    settings.observer = records;
    dsql::connection session = dsql::connect(settings);
    records->take();
    int tries = 0;
    dsql::transact(session, [&tries](dsql::transaction& tx) {
        if (++tries == 1) {
            tx.execute(
                "DO $$ BEGIN RAISE 'change conflicts (OC000)' USING ERRCODE = '40001'; END $$");
        }
    });
    const lines all = records->take();
    EXPECT_EQ(std::count_if(all.begin(), all.end(),
                            [](const std::string& line) {
                                return line.starts_with("retry transaction of DO $$") &&
                                       line.ends_with(" from a place");
                            }),
              1);
}

}  // namespace observer_test
