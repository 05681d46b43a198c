// SPDX-License-Identifier: Apache-2.0
// Values of parameters do not reach an observer in the texts of errors, unless it asks for them.
// The errors that the calls throw have them.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace observed_values_test {

// What PostgreSQL takes for a number, a name and a text in the messages below.
constexpr std::string_view marked_text = "MarkedValue4711";
constexpr std::string_view marked_in_lower_case = "markedvalue4711";
constexpr std::int64_t marked_number = 47'110'815'471;

bool has_mark(std::string_view text) {
    for (const std::string_view mark :
         {marked_text, marked_in_lower_case, std::string_view("4711")}) {
        if (text.find(mark) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

// Returns all texts of an error.
std::string texts_of(const std::exception& failure) {
    std::string all = failure.what();
    if (const auto* const report = dynamic_cast<const dsql::server_error*>(&failure)) {
        const dsql::server_error_fields& fields = report->fields();
        for (const std::string* field :
             {&fields.message, &fields.detail, &fields.hint, &fields.internal_query,
              &fields.context, &fields.column_name, &fields.constraint_name,
              &fields.data_type_name}) {
            all += "\n" + *field;
        }
    }
    return all;
}

class text_recorder : public dsql::observer {
public:
    explicit text_recorder(bool wants_values = false) : wants_values_(wants_values) {}
    void query_ended(span, const dsql::query_end_event& ended) noexcept override {
        keep(ended.error);
    }
    void acquire_ended(span, const std::exception* failure) noexcept override { keep(failure); }
    void retrying(const dsql::retry_event& event) noexcept override {
        const std::lock_guard lock(mutex_);
        texts_.emplace_back(event.reason);
    }
    [[nodiscard]] bool wants_values() const noexcept override { return wants_values_; }

    std::vector<std::string> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(texts_, {});
    }

private:
    void keep(const std::exception* failure) {
        if (failure != nullptr) {
            const std::lock_guard lock(mutex_);
            texts_.push_back(texts_of(*failure));
        }
    }

    const bool wants_values_;
    std::mutex mutex_{};
    std::vector<std::string> texts_{};
};

struct failing_call {
    const char* name;
    std::function<void(dsql::connection&)> run;
    const char* kept = "";  ///< what the observer must still see
};

std::vector<failing_call> failing_calls() {
    const auto statement = [](const char* name, const char* sql, const char* kept) {
        return failing_call{name,
                            [sql](dsql::connection& on) {
                                static_cast<void>(on.query(sql, std::string(marked_text)));
                            },
                            kept};
    };
    return {
        statement("a key that exists", "INSERT INTO marked (name) VALUES ($1)",
                  "duplicate key value violates unique constraint \"marked_pkey\""),
        statement("a row that a check rejects", "INSERT INTO marked (name, n) VALUES ($1, -1)",
                  "relation \"marked\" violates check constraint \"marked_n_check\""),
        statement("a column that may not be null",
                  "INSERT INTO marked (name, needed) VALUES ($1, NULL)",
                  "null value in column \"needed\" of relation \"marked\""),
        statement("no number", "SELECT $1::text::int", "invalid input syntax for type integer"),
        statement("no date", "SELECT $1::text::date", "invalid input syntax for type date"),
        statement("no UUID", "SELECT $1::text::uuid", "22P02"),
        statement("no JSON", "SELECT $1::text::json", "invalid input syntax for type json"),
        statement("no array", "SELECT $1::text::int[]", "malformed array literal"),
        statement("no label", "SELECT $1::text::mood", "invalid input value for enum mood"),
        statement("no time zone", "SELECT now() AT TIME ZONE $1", "time zone"),
        statement("no table", "SELECT $1::text::regclass", "42P01"),
        statement("too long", "INSERT INTO marked (name, short) VALUES ('x', $1)", "22001"),
        statement("an error of a function", "SELECT complain($1)", "no such customer: <value>"),
        {"a number out of range",
         [](dsql::connection& on) {
             static_cast<void>(on.query("SELECT $1::text::int", std::to_string(marked_number)));
         },
         "value <value> is out of range for type integer"},
        {"a batch",
         [](dsql::connection& on) {
             static_cast<void>(on.run(
                 dsql::batch()
                     .add("SELECT 1")
                     .add("INSERT INTO marked (name) VALUES ($1)", std::string(marked_text))));
         },
         "statement 2 of 2 in the batch failed"},
        {"a stream",
         [](dsql::connection& on) {
             for (const auto& [n] :
                  on.stream<int>("SELECT $1::text::int", std::string(marked_text))) {
                 static_cast<void>(n);
             }
         },
         "invalid input syntax for type integer"},
        {"a COPY of a key that exists",
         [](dsql::connection& on) {
             auto copying = on.copy_in({.table = "marked", .columns = {"name"}});
             copying.row(std::string(marked_text));
             copying.finish();
         },
         "duplicate key value"},
        {"a COPY of what is no number",
         [](dsql::connection& on) {
             auto copying = on.copy_in({.table = "marked_numbers"});
             copying.row(std::string(marked_text));
             copying.finish();
         },
         "marked_numbers"},
    };
}

class ObservedValues : public testing::Test {
protected:
    explicit ObservedValues() {
        dsql::connection setup = dsql::connect(endpoint_under_test());
        for (const char* sql :
             {"DROP TABLE IF EXISTS marked", "DROP TABLE IF EXISTS marked_numbers",
              "DROP FUNCTION IF EXISTS complain(text)", "DROP TYPE IF EXISTS mood",
              "CREATE TYPE mood AS ENUM ('good')",
              "CREATE TABLE marked (name text PRIMARY KEY, n int CHECK (n > 0), "
              "needed int NOT NULL DEFAULT 1, short varchar(4))",
              "CREATE TABLE marked_numbers (n int)",
              "CREATE FUNCTION complain(who text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE "
              "'no such customer: \"%\"', who USING DETAIL = 'of ' || who; END $$"}) {
            setup.execute(sql);
        }
        setup.execute("INSERT INTO marked (name) VALUES ($1)", std::string(marked_text));
    }

    static dsql::config observed_by(const std::shared_ptr<text_recorder>& records) {
        dsql::config settings = endpoint_under_test();
        settings.observer = records;
        return settings;
    }
};

TEST_F(ObservedValues, AreInNoTextOfAnError) {
    const auto records = std::make_shared<text_recorder>();
    const auto asks = std::make_shared<text_recorder>(true);
    dsql::connection session = dsql::connect(observed_by(records));
    dsql::connection open_hearted = dsql::connect(observed_by(asks));
    int searched = 0;
    int found = 0;
    for (const failing_call& one : failing_calls()) {
        std::string thrown;
        try {
            one.run(session);
            ADD_FAILURE() << one.name << " did not fail";
        } catch (const dsql::error& failure) {
            thrown = texts_of(failure);
        }
        EXPECT_THROW(one.run(open_hearted), dsql::error);
        const std::vector<std::string> seen = records->take();
        const std::vector<std::string> seen_on_request = asks->take();
        ASSERT_FALSE(seen.empty()) << one.name;
        ASSERT_FALSE(seen_on_request.empty()) << one.name;
        EXPECT_EQ(has_mark(thrown), has_mark(seen_on_request.back())) << one.name;
        EXPECT_NE(seen.back().find(one.kept), std::string::npos) << one.name << ": " << seen.back();
        for (const std::string& text : seen) {
            ++searched;
            found += has_mark(text) ? 1 : 0;
            EXPECT_FALSE(has_mark(text)) << one.name << ": " << text;
        }
    }
    std::cout << "texts for observers in which values were looked for: " << searched
              << ", found in: " << found << '\n';
}

// What the calls above throw shows that there is something to find.
TEST_F(ObservedValues, AreInTheErrorsThatAreThrown) {
    dsql::connection session = dsql::connect(endpoint_under_test());
    int with_values = 0;
    for (const failing_call& one : failing_calls()) {
        try {
            one.run(session);
        } catch (const dsql::error& failure) {
            with_values += has_mark(texts_of(failure)) ? 1 : 0;
        }
    }
    EXPECT_GE(with_values, 14);
}

TEST_F(ObservedValues, AreInNoReasonOfARetry) {
    const auto records = std::make_shared<text_recorder>();
    dsql::connection session = dsql::connect(observed_by(records));
    int tries = 0;
    dsql::transact(session, [&tries](dsql::transaction& tx) {
        if (++tries == 1) {
            tx.execute(
                "DO $$ BEGIN RAISE 'conflict' USING ERRCODE = '40001', DETAIL = 'Key "
                "(name)=(MarkedValue4711)'; END $$");
        }
    });
    bool has_reason = false;
    for (const std::string& text : records->take()) {
        has_reason = has_reason || text.find("conflict") != std::string::npos;
        EXPECT_EQ(text.find("DETAIL: "), std::string::npos) << text;
    }
    EXPECT_TRUE(has_reason);
}

TEST_F(ObservedValues, OfAHookAreInNoTextOfAnAcquire) {
    const auto records = std::make_shared<text_recorder>();
    dsql::pool_options options;
    options.prepare_connection = [](dsql::connection& on) {
        on.execute("SELECT $1::text::int", std::string(marked_text));
        return dsql::prepare_action::use;
    };
    dsql::pool pool(observed_by(records), options);
    EXPECT_THROW(static_cast<void>(pool.acquire()), dsql::error);
    const std::vector<std::string> seen = records->take();
    EXPECT_FALSE(seen.empty());
    for (const std::string& text : seen) {
        EXPECT_FALSE(has_mark(text)) << text;
    }
}

}  // namespace observed_values_test
