// SPDX-License-Identifier: Apache-2.0
// What the adapters for Prometheus make of events and pools that their example does not have.
#include <dsql/dsql.hpp>

#include "prometheus_collector.hpp"
#include "prometheus_observer.hpp"

#include <gtest/gtest.h>
#include <prometheus/collectable.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string text_of(const prometheus::Collectable& metrics) {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, metrics.Collect());
    return out.str();
}

/// The value of a time series; -1 if there is none.
double value_of(const prometheus::Collectable& metrics, const std::string& series) {
    const std::string text = text_of(metrics);
    const std::size_t found = text.find('\n' + series + ' ');
    return found == std::string::npos ? -1 : std::stod(text.substr(found + series.size() + 2));
}

class PrometheusObserver : public testing::Test {
protected:
    std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
    std::unique_ptr<dsql::observer> observer_ =
        std::make_unique<prometheus_observer>(registry_, "p");
};

TEST_F(PrometheusObserver, TellsStatementsApartByTheirFirstWord) {
    const std::vector<std::pair<std::string, std::string>> statements = {
        {"SELECT 1", "select"},
        {" \n\t(select 1)", "select"},
        {"Insert INTO t VALUES (1)", "insert"},
        {"UPDATE t SET n = 1", "update"},
        {"DELETE FROM t", "delete"},
        {"WITH a AS (SELECT 1) SELECT * FROM a", "with"},
        {"COPY t FROM STDIN", "copy"},
        {"BEGIN", "begin"},
        {"COMMIT", "commit"},
        {"ROLLBACK", "rollback"},
        {"a batch of 2 statements", "batch"},
        {"CREATE TABLE t (n int)", "other"},
        {"sel", "other"},
        {"", "other"},
        {" ", "other"},
    };
    for (const auto& [sql, operation] : statements) {
        const std::string series =
            R"(dsql_statement_seconds_sum{operation=")" + operation + R"(",pool="p"})";
        const double before = value_of(*registry_, series);
        observer_->query_ended(0, {.sql = sql, .duration = std::chrono::seconds(2)});
        EXPECT_EQ(value_of(*registry_, series), before + 2) << sql;
    }
}

TEST_F(PrometheusObserver, TellsErrorsApart) {
    const auto expect_type = [this](const std::exception& error, const std::string& type) {
        const std::string series =
            R"(dsql_statement_errors_total{error=")" + type + R"(",pool="p"})";
        const double before = value_of(*registry_, series);
        observer_->query_ended(0, {.sql = "SELECT 1", .error = &error});
        EXPECT_EQ(value_of(*registry_, series), before + 1) << type;
    };
    expect_type(dsql::server_error({.sqlstate = "22012"}), "server");
    expect_type(dsql::connection_error("lost", true), "connection");
    expect_type(dsql::timeout_error("late"), "timeout");
    expect_type(dsql::cancelled_error("stopped"), "cancelled");
    expect_type(dsql::commit_unknown_error("lost"), "other");
}

TEST_F(PrometheusObserver, CountsRetriesAndRenewals) {
    for (const char* const operation : {"connect", "login", "transaction", "failover"}) {
        const std::string series =
            std::string(R"(dsql_retries_total{operation=")") + operation + R"(",pool="p"})";
        EXPECT_EQ(value_of(*registry_, series), 0) << operation;
    }
    observer_->retrying({.operation = dsql::retried_operation::login});
    EXPECT_EQ(value_of(*registry_, R"(dsql_retries_total{operation="login",pool="p"})"), 1);
    observer_->credentials_refresh_failed({});
    EXPECT_EQ(value_of(*registry_, R"(dsql_credentials_refresh_failures_total{pool="p"})"), 1);
}

TEST_F(PrometheusObserver, SharesARegistryWithOthers) {
    prometheus_observer other(registry_, "q");
    other.query_ended(0, {.sql = "SELECT 1"});
    const std::string text = text_of(*registry_);
    EXPECT_EQ(text.find("# TYPE dsql_statement_seconds "),
              text.rfind("# TYPE dsql_statement_seconds "));
    EXPECT_EQ(value_of(*registry_, R"(dsql_statement_seconds_count{operation="select",pool="p"})"),
              0);
    EXPECT_EQ(value_of(*registry_, R"(dsql_statement_seconds_count{operation="select",pool="q"})"),
              1);
}

// Stands for a pool.
struct fixed_pool {
    dsql::pool_stat numbers{};
    [[nodiscard]] dsql::pool_stat stat() const { return numbers; }
};

TEST(PoolCollector, ReadsPoolsAsLongAsTheyExist) {
    const auto one = std::make_shared<fixed_pool>();
    auto two = std::make_shared<fixed_pool>();
    pool_collector pools;
    pools.add("one", one);
    pools.add("two", two);
    one->numbers.idle_connections = 3;
    two->numbers.empty_acquire_wait_time = std::chrono::milliseconds(1500);
    EXPECT_EQ(value_of(pools, R"(dsql_pool_connections_idle{pool="one"})"), 3);
    EXPECT_EQ(value_of(pools, R"(dsql_pool_connections_idle{pool="two"})"), 0);
    EXPECT_EQ(value_of(pools, R"(dsql_pool_acquire_wait_seconds_total{pool="two"})"), 1.5);
    const std::string text = text_of(pools);
    EXPECT_EQ(text.find("# TYPE dsql_pool_waiting "), text.rfind("# TYPE dsql_pool_waiting "));

    one->numbers.idle_connections = 4;
    two.reset();
    EXPECT_EQ(value_of(pools, R"(dsql_pool_connections_idle{pool="one"})"), 4);
    EXPECT_EQ(text_of(pools).find(R"(pool="two")"), std::string::npos);
}

}  // namespace
