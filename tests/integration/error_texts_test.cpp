// SPDX-License-Identifier: Apache-2.0
// When libpq or the system fails, the error contains the cause, the statement and the source
// location.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"
#include "support/without_descriptors.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/socket.h>

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace error_texts_test {

using dsql::connection;

struct way {
    const char* name;
    std::function<void(connection&)> run;

    friend std::ostream& operator<<(std::ostream& out, const way& of) { return out << of.name; }
};

const way ways[] = {
    {"query",
     [](connection& db) {
         static_cast<void>(db.query("SELECT 1"));
     }},
    {"query_with_a_value",
     [](connection& db) {
         static_cast<void>(db.query("SELECT $1", 1));
     }},
    {"kept_query",
     [](connection& db) {
         static_cast<void>(db.query("SELECT 'kept'"));
     }},
    {"setting",
     [](connection& db) {
         db.execute("SET TimeZone = 'UTC'");
     }},
    {"batch",
     [](connection& db) {
         static_cast<void>(db.run(dsql::batch().add("SELECT 1").add("SELECT 2")));
     }},
    {"prepare",
     [](connection& db) {
         static_cast<void>(db.prepare("SELECT 1"));
     }},
    {"begin",
     [](connection& db) {
         static_cast<void>(db.begin());
     }},
    {"ping",
     [](connection& db) {
         db.ping();
     }},
    {"stream",
     [](connection& db) {
         auto rows = db.stream<int>("SELECT 1");
         static_cast<void>(rows.begin());
     }},
    {"copy_in",
     [](connection& db) {
         static_cast<void>(db.copy_in("COPY pg_type FROM STDIN"));
     }},
    {"copy_out_to",
     [](connection& db) {
         db.copy_out_to("COPY pg_am TO STDOUT", [](std::string_view) {});
     }},
};

class ErrorTexts : public testing::TestWithParam<way> {
protected:
    ErrorTexts() { static_cast<void>(session_.query("SELECT 'kept'")); }

    connection session_ = dsql::connect(endpoint_under_test());
};

void expect_context(const std::string& text) {
    EXPECT_NE(text.find("[statement: "), std::string::npos) << text;
    EXPECT_NE(text.find("[at "), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
}

TEST_P(ErrorTexts, OfABusyHandleNameTheRemedy) {
    ASSERT_EQ(PQsendQuery(session_.native_handle(), "SELECT 'another question'"), 1);
    const std::string text = thrown_message<dsql::error>([this] {
        GetParam().run(session_);
        return 0;
    });
    EXPECT_NE(text.find("the libpq handle is busy with a statement of somebody else's"),
              std::string::npos)
        << text;
    expect_context(text);
    if (!session_.is_open()) {
        return;
    }
    while (pg_result* const result = PQgetResult(session_.native_handle())) {
        PQclear(result);
    }
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
}

TEST_P(ErrorTexts, OfALostConnectionEndWithTheStatement) {
    ASSERT_EQ(shutdown(PQsocket(session_.native_handle()), SHUT_RDWR), 0);
    const std::string text = thrown_message<dsql::connection_error>([this] {
        GetParam().run(session_);
        return 0;
    });
    EXPECT_FALSE(text.empty());
    EXPECT_EQ(text.find("invalid socket"), std::string::npos) << text;
    expect_context(text);
}

INSTANTIATE_TEST_SUITE_P(In, ErrorTexts, testing::ValuesIn(ways),
                         [](const auto& one) { return std::string(one.param.name); });

class CopyOfAnotherStatement : public ErrorTexts {};

TEST_F(CopyOfAnotherStatement, IsRejected) {
    session_.execute("DROP TABLE IF EXISTS error_texts");
    session_.execute("CREATE TABLE error_texts (n int)");
    const std::string in = "the statement is no COPY ... FROM STDIN; it was not sent";
    const std::string out = "the statement is no COPY ... TO STDOUT; it was not sent";
    const auto refused = [](const std::string& why, const auto& run) {
        const std::string text = thrown_message<dsql::error>([&] {
            run();
            return 0;
        });
        EXPECT_EQ(text.substr(0, why.size()), why);
        expect_context(text);
    };
    for (const char* const sql :
         {"INSERT INTO error_texts VALUES (1)", "COPY error_texts TO STDOUT",
          "COPY (INSERT INTO error_texts VALUES (2) RETURNING n) TO STDOUT"}) {
        refused(in, [&] { static_cast<void>(session_.copy_in(sql)); });
        refused(in, [&] { session_.copy_in_from(sql, [](auto) { return 0; }); });
    }
    auto tx = session_.begin();
    for (const char* const sql : {"INSERT INTO error_texts VALUES (1)", "SELECT 1",
                                  "COPY error_texts FROM STDIN", "DELETE FROM error_texts"}) {
        refused(out, [&] { tx.copy_out_to(sql, [](std::string_view) {}); });
    }
    tx.commit();
    EXPECT_EQ(session_.query_value<int>("SELECT count(*)::int FROM error_texts"), 0);
    session_.execute("DROP TABLE error_texts");
}

// A connect that runs out of file descriptors reports this, at whatever point it happens.
TEST(ErrorTextsOfConnects, ReportExhaustedDescriptors) {
    if (DSQL_SANITIZED != 0) {
        GTEST_SKIP() << "UndefinedBehaviorSanitizer needs descriptors for its own checks";
    }
    constexpr std::size_t plenty = 24;
    const dsql::config settings = endpoint_under_test();
    // Opens the files that stay open for the whole process.
    static_cast<void>(dsql::connect(settings));
    std::size_t failures = 0;
    for (std::size_t left = 0; left <= plenty; ++left) {
        std::string text;
        {
            const without_descriptors few(left);
            text = thrown_message<dsql::error>([&] { return dsql::connect(settings).is_open(); });
        }
        if (!text.empty()) {
            ++failures;
            EXPECT_NE(text.find("Too many open files"), std::string::npos) << left << ": " << text;
        }
    }
    EXPECT_GT(failures, 0U);
    EXPECT_LT(failures, plenty);
}

}  // namespace error_texts_test
