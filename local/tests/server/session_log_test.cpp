// SPDX-License-Identifier: Apache-2.0
#include "server/session_log.hpp"

#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace session_log_test {

using namespace dsql_local;
using namespace std::chrono_literals;

std::string with_nul(std::string text) {
    return text + '\0';
}

std::string query(const std::string& sql) {
    return wire::encode_message('Q', with_nul(sql));
}
std::string parse(const std::string& name, const std::string& sql) {
    return wire::encode_message('P', with_nul(name) + with_nul(sql) + std::string(2, '\0'));
}
std::string bind_one(const std::string& portal, const std::string& name, const std::string& value) {
    std::string body = with_nul(portal) + with_nul(name) + std::string("\0\0\0\1", 4);
    wire::append_uint32(body, static_cast<std::uint32_t>(value.size()));
    return wire::encode_message('B', body + value + std::string(2, '\0'));
}
std::string execute(const std::string& portal) {
    return wire::encode_message('E', with_nul(portal) + std::string(4, '\0'));
}
std::string sync() {
    return wire::encode_message('S', "");
}
std::string complete(const std::string& tag) {
    return wire::encode_message('C', with_nul(tag));
}
std::string ready() {
    return wire::encode_message('Z', "I");
}
std::string error(const std::string& sqlstate, const std::string& message) {
    return wire::encode_error_response({.sqlstate = sqlstate, .message = message}, "ERROR");
}

class session_logs : public testing::Test {
protected:
    session_logs() {
        log_.set_user("admin");
        sends(wire::encode_message('R', std::string(4, '\0')) + ready());
        EXPECT_EQ(lines_.size(), 1U);
        EXPECT_EQ(lines_.front().substr(0, 27), "session 7 admin: logged in,");
        lines_.clear();
    }

    void client(const std::string& bytes) { log_.received(bytes, time_); }
    void sends(const std::string& bytes) {
        time_ += 5ms;
        log_.sent(bytes, time_);
    }

    std::string take_line() {
        EXPECT_EQ(lines_.size(), 1U) << testing::PrintToString(lines_);
        const std::string line = lines_.empty() ? "" : lines_.front();
        lines_.clear();
        return line;
    }

    session_log::clock::time_point time_ = session_log::clock::now();
    std::vector<std::string> lines_;
    session_log log_{true, 7, [this](std::string_view line) {
                         lines_.emplace_back(line);
                     }};
};

TEST_F(session_logs, show_a_query_with_its_tag_and_time) {
    client(query("SELECT\n 1"));
    EXPECT_TRUE(lines_.empty());
    sends(wire::encode_message('T', "xx") + wire::encode_message('D', "row") +
          complete("SELECT 1") + ready());
    EXPECT_EQ(take_line(), "session 7 admin: SELECT 1 => SELECT 1, 5.0 ms");
}

TEST_F(session_logs, show_all_tags_of_a_query) {
    client(query("BEGIN; INSERT INTO t VALUES (1); COMMIT"));
    sends(complete("BEGIN") + complete("INSERT 0 1") + complete("COMMIT") + ready());
    EXPECT_EQ(take_line(),
              "session 7 admin: BEGIN; INSERT INTO t VALUES (1); COMMIT => BEGIN, INSERT 0 1, "
              "COMMIT, 5.0 ms");
    client(query(""));
    sends(wire::encode_message('I', "") + ready());
    EXPECT_EQ(take_line(), "session 7 admin:  => nothing, 5.0 ms");
}

TEST_F(session_logs, show_an_error_with_its_sqlstate) {
    client(query("SELECT 1; SET work_mem = 1"));
    sends(complete("SELECT 1"));
    sends(error("0A000", "setting configuration parameter \"work_mem\" not supported"));
    EXPECT_EQ(take_line(),
              "session 7 admin: SELECT 1; SET work_mem = 1 => SELECT 1, ERROR 0A000: setting "
              "configuration parameter \"work_mem\" not supported, 10.0 ms");
    sends(ready());
    EXPECT_TRUE(lines_.empty());
}

TEST_F(session_logs, show_each_execution_of_a_prepared_statement_without_its_values) {
    client(parse("s", "INSERT INTO t VALUES ($1)") + bind_one("", "s", "secret") + execute("") +
           bind_one("p", "s", "secret") + execute("p") + sync());
    sends(wire::encode_message('1', "") + wire::encode_message('2', "") + complete("INSERT 0 1") +
          wire::encode_message('2', "") + complete("INSERT 0 1") + ready());
    ASSERT_EQ(lines_.size(), 2U);
    for (const std::string& line : lines_) {
        EXPECT_EQ(line, "session 7 admin: INSERT INTO t VALUES ($1) => INSERT 0 1, 5.0 ms");
    }
}

TEST_F(session_logs, show_the_statement_of_a_pipeline_that_failed_and_none_that_was_skipped) {
    client(parse("", "SELECT 1") + bind_one("", "", "1") + execute("") +
           parse("", "SELECT nothing") + bind_one("", "", "1") + execute("") +
           parse("", "SELECT 3") + bind_one("", "", "1") + execute("") + sync() +
           query("SELECT 4"));
    sends(wire::encode_message('1', "") + wire::encode_message('2', "") + complete("SELECT 1"));
    EXPECT_EQ(take_line(), "session 7 admin: SELECT 1 => SELECT 1, 5.0 ms");
    sends(error("42703", "column \"nothing\" does not exist"));
    EXPECT_EQ(take_line(),
              "session 7 admin: SELECT nothing => ERROR 42703: column \"nothing\" does not exist, "
              "10.0 ms");
    sends(ready() + complete("SELECT 1") + ready());
    EXPECT_EQ(take_line(), "session 7 admin: SELECT 4 => SELECT 1, 15.0 ms");
}

TEST_F(session_logs, hide_a_value_that_an_error_repeats) {
    client(parse("", "SELECT $1::int") + bind_one("", "", "se\"cret") + execute("") + sync());
    sends(wire::encode_message('1', "") +
          error("22P02", "invalid input syntax for type integer: \"se\"cret\"") + ready());
    EXPECT_EQ(take_line(),
              "session 7 admin: SELECT $1::int => ERROR 22P02: invalid input syntax for type "
              "integer: \"...\", 5.0 ms");
}

TEST_F(session_logs, show_what_ends_a_session_between_statements) {
    sends(wire::encode_error_response({.sqlstate = "57P01", .message = "terminating connection"}));
    EXPECT_EQ(take_line(), "session 7 admin: FATAL 57P01: terminating connection");
}

TEST_F(session_logs, escape_what_comes_from_a_client) {
    client(query("SELECT '\x1b[2J\r\nfaked line'"));
    sends(complete("SELECT\x1b") + ready());
    EXPECT_EQ(take_line(), "session 7 admin: SELECT '\\x1b[2J faked line' => SELECT\\x1b, 5.0 ms");
    std::vector<std::string> lines;
    session_log other(true, 8, [&lines](std::string_view line) { lines.emplace_back(line); });
    other.set_user("a\nb\x1b");
    other.refused({.sqlstate = "08006", .message = "access denied", .hint = "not\nthis one"});
    EXPECT_EQ(lines, std::vector<std::string>{
                         "session 8 a b\\x1b: refused with 08006: access denied (not this one)"});
}

TEST_F(session_logs, show_a_login_that_postgresql_refuses) {
    std::vector<std::string> lines;
    session_log other(true, 8, [&lines](std::string_view line) { lines.emplace_back(line); });
    other.sent(wire::encode_error_response({.sqlstate = "08006", .message = "access denied"}));
    EXPECT_EQ(lines,
              std::vector<std::string>{"session 8: refused with FATAL 08006: access denied"});
}

TEST_F(session_logs, are_silent_if_switched_off) {
    session_log off(false, 8, [](std::string_view line) { ADD_FAILURE() << line; });
    off.event("something");
    off.refused({.sqlstate = "08006", .message = "no"});
    off.received(query("SELECT 1"));
    off.sent(complete("SELECT 1") + ready());
}

// The same lines, however the network cuts the bytes; also with messages that are longer than what
// is kept.
TEST_F(session_logs, do_not_depend_on_how_the_bytes_arrive) {
    const std::string requests =
        query("SELECT '" + std::string(100'000, 'x') + "'") + parse("s", "SELECT $1") +
        bind_one("", "s", std::string(9'000, 'y')) + execute("") + sync() + query("SELECT 2");
    const std::string responses = complete("SELECT 1") + ready() + wire::encode_message('1', "") +
                                  wire::encode_message('2', "") +
                                  wire::encode_message('D', std::string(50'000, 'z')) +
                                  complete("SELECT 1") + ready() + error("42601", "no") + ready();
    std::mt19937 random(20261129);
    const auto cut = [&random](std::string_view bytes, const auto& feed) {
        while (!bytes.empty()) {
            const std::size_t size = std::min<std::size_t>(bytes.size(), 1 + random() % 20'000);
            feed(bytes.substr(0, size));
            bytes.remove_prefix(size);
        }
    };
    for (int i = 0; i < 50; ++i) {
        cut(requests, [this](std::string_view bytes) { log_.received(bytes, time_); });
        cut(responses, [this](std::string_view bytes) { log_.sent(bytes, time_); });
        ASSERT_EQ(lines_.size(), 3U);
        EXPECT_EQ(lines_[0].substr(0, 32), "session 7 admin: SELECT 'xxxxxxx");
        EXPECT_EQ(lines_[1], "session 7 admin: SELECT $1 => SELECT 1, 0.0 ms");
        EXPECT_EQ(lines_[2], "session 7 admin: SELECT 2 => ERROR 42601: no, 0.0 ms");
        lines_.clear();
    }
}

// Nothing that either side sends can make it fail.
TEST_F(session_logs, survive_random_bytes) {
    std::mt19937 random(20261129);
    for (int i = 0; i < 20'000; ++i) {
        constexpr std::string_view types = "QPBECSFDdcfXCIZET123snt";
        std::string body(random() % 12, '\0');
        for (char& c : body) {
            c = static_cast<char>(random() % 4 == 0 ? random() % 256 : random() % 3);
        }
        const std::string message = wire::encode_message(types[random() % types.size()], body);
        random() % 2 == 0 ? client(message) : sends(message);
    }
    client("Q" + std::string(4, '\0'));  // an impossible length
    client(query("SELECT 1"));
}

}  // namespace session_log_test
