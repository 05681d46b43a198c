// SPDX-License-Identifier: Apache-2.0
// What the adapter for spdlog logs of events that its example does not have.
#include "spdlog_observer.hpp"

#include <dsql/dsql.hpp>

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <sstream>
#include <string>

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SpdlogObserver : public testing::Test {
protected:
    SpdlogObserver() {
        log_->set_level(spdlog::level::debug);
        log_->set_pattern("%l %v [%s:%#]");
    }
    /// What was logged since the last call.
    std::string take() {
        std::string text = out_.str();
        out_.str({});
        return text;
    }
    [[nodiscard]] const std::shared_ptr<spdlog::logger>& log() const { return log_; }

    dsql::observer& observer() { return observer_; }
    dsql::observer& observer_without_patience() { return impatient_; }

private:
    std::ostringstream out_;
    std::shared_ptr<spdlog::logger> log_ = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out_));
    spdlog_observer observer_{log_, seconds(3600)};
    spdlog_observer impatient_{log_, milliseconds(-1)};
};

TEST_F(SpdlogObserver, LogsWhatItIsAbout) {
    dsql::observer& events = observer();
    events.acquire_ended(events.acquire_started({}), nullptr);
    EXPECT_EQ(take(), "");
    const dsql::pool_exhausted_error exhausted("9 wait\nalready");
    events.acquire_ended(events.acquire_started({}), &exhausted);
    EXPECT_EQ(take().rfind("warning no connection after 0.", 0), 0U);
    events.released({.kept = true});
    EXPECT_EQ(take(), "");
    events.released({.kept = false});
    EXPECT_EQ(take(), "debug a connection was closed when it was returned [:]\n");
    const dsql::error no_credentials("none\n- nowhere");
    events.token_refresh_ended(events.token_refresh_started(), &no_credentials);
    EXPECT_EQ(take(), "error no token: none - nowhere [:]\n");
}

TEST_F(SpdlogObserver, LogsALongAcquireAndALongStatement) {
    dsql::observer& events = observer_without_patience();
    events.acquire_ended(events.acquire_started({}), nullptr);
    EXPECT_EQ(take().rfind("warning waited 0.", 0), 0U);
    events.query_ended(0, {.sql = "SELECT 1", .rows = 1, .duration = milliseconds(2)});
    EXPECT_EQ(take(), "warning slow, 2.0 ms, 1 rows: SELECT 1 [:]\n");
}

TEST_F(SpdlogObserver, LogsStatementsWithTheirErrors) {
    const auto log_of = [this](const std::exception& error) {
        observer().query_ended(0,
                               {.sql = "SELECT 1", .duration = milliseconds(2), .error = &error});
        return take();
    };
    EXPECT_EQ(log_of(dsql::timeout_error("too\nlate")),
              "warning failed after 2.0 ms: too late: SELECT 1 [:]\n");
    EXPECT_EQ(log_of(dsql::server_error({.sqlstate = "22012", .message = "division by zero"})),
              "warning failed after 2.0 ms: 22012 division by zero: SELECT 1 [:]\n");
}

TEST_F(SpdlogObserver, LogsCredentialsThatWereNotRenewed) {
    const auto now = std::chrono::system_clock::now();
    observer().credentials_refresh_failed(
        {.reason = "no\nanswer", .next_attempt = now - seconds(10)});
    EXPECT_EQ(take(),
              "error AWS credentials were not renewed: no answer; the next attempt is in -10 s "
              "[:]\n");
    observer().credentials_refresh_failed({.expiration = now - seconds(20), .next_attempt = now});
    EXPECT_NE(take().find("error the AWS credentials in use expire in -20 s [:]\n"),
              std::string::npos);
}

TEST_F(SpdlogObserver, LogsRetriesWithTheirPlace) {
    const auto where = dsql::source_location::current();
    observer().retrying({.operation = dsql::retried_operation::failover,
                         .attempt = 2,
                         .wait = milliseconds(30),
                         .reason = "down",
                         .where = where});
    EXPECT_EQ(take(),
              "info failover failed, attempt 2; the next one is in 30 ms: down "
              "[spdlog_observer_test.cpp:" +
                  std::to_string(where.line()) + "]\n");
}

TEST_F(SpdlogObserver, LogsNotices) {
    const dsql::notice_handler handler = log_notices(log());
    handler({.severity = "WARNING", .message = "there is no\ntransaction in progress"});
    EXPECT_EQ(take(), "warning WARNING: there is no transaction in progress [:]\n");
    handler({.severity = "NOTICE", .message = "skipping"});
    EXPECT_EQ(take(), "info NOTICE: skipping [:]\n");
}

TEST(OneLine, HasNoControlCharactersAndAnEnd) {
    const auto format = [](const std::string& text) {
        return fmt::format("{}", one_line{text});
    };
    EXPECT_EQ(format(""), "");
    EXPECT_EQ(format("a\r\nb\tc\x1B[2J\x7F é"), "a  b c [2J  é");
    constexpr std::size_t size = one_line::max_size;
    const std::string full(size, 'x');
    EXPECT_EQ(format(full), full);
    EXPECT_EQ(format(full + "y"), full + "...");
    // A character is left out as a whole.
    EXPECT_EQ(format(full.substr(1) + "é"), full.substr(1) + "...");
    EXPECT_EQ(format(full.substr(2) + "éy"), full.substr(2) + "é...");
}

}  // namespace
