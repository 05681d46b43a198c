// SPDX-License-Identifier: Apache-2.0
// A stream or COPY ends when its deadline passes or a stop is requested, also if the program is the
// one that is slow: the rows have arrived, so that nothing has to be waited for.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace bulk_limits_test {

using namespace std::chrono_literals;

constexpr const char* many_rows = "SELECT n FROM generate_series(1, 20000) AS n";
constexpr int most_rows_at_hand = 8;  // the rows of a chunk
constexpr int most_copied_rows = 64;  // the rows that one call takes of a COPY

// Reaches its limit when the program says so.
class limit {
public:
    explicit limit(bool is_deadline) : is_deadline_(is_deadline) {}

    [[nodiscard]] dsql::call_limits limits() const {
        return is_deadline_ ? dsql::call_limits(end_) : dsql::call_limits(stop_.get_token());
    }
    void reach() {
        stop_.request_stop();
        std::this_thread::sleep_until(end_);
    }
    void expect_failure(const std::function<void()>& call) const {
        if (is_deadline_) {
            EXPECT_THROW(call(), dsql::timeout_error);
        } else {
            EXPECT_THROW(call(), dsql::cancelled_error);
        }
    }

private:
    bool is_deadline_;
    std::chrono::steady_clock::time_point end_ =
        std::chrono::steady_clock::now() + (is_deadline_ ? 1s : 0s);
    std::stop_source stop_{};
};

class BulkLimits : public testing::TestWithParam<bool> {
protected:
    BulkLimits() {
        connection_.execute("CREATE TEMPORARY TABLE bulk_limits (n int)");
        connection_.execute("INSERT INTO bulk_limits SELECT generate_series(1, 20000)");
    }
    void TearDown() override { EXPECT_FALSE(connection_.is_open()); }

    dsql::connection connection_ = dsql::connect(endpoint_under_test());
    limit limit_{GetParam()};
    int rows_ = 0;  // since the limit was reached
};

TEST_P(BulkLimits, EndAStreamThatHasArrived) {
    auto rows = connection_.stream<int>(limit_.limits(), many_rows);
    auto next = rows.begin();
    limit_.reach();
    limit_.expect_failure([&] {
        for (; next != rows.end(); ++next) {
            ++rows_;
        }
    });
    EXPECT_LE(rows_, most_rows_at_hand);
}

TEST_P(BulkLimits, EndACopyOutThatHasArrived) {
    auto rows = connection_.copy_out<int>(limit_.limits(), {.table = "bulk_limits"});
    auto next = rows.begin();
    limit_.reach();
    limit_.expect_failure([&] {
        for (; next != rows.end(); ++next) {
            ++rows_;
        }
    });
    EXPECT_LE(rows_, most_copied_rows);
}

TEST_P(BulkLimits, EndACopyOutToAFunction) {
    limit_.expect_failure([&] {
        connection_.copy_out_to(limit_.limits(), {.table = "bulk_limits"}, [&](std::string_view) {
            if (rows_++ == 0) {
                limit_.reach();
            }
        });
    });
    EXPECT_LE(rows_, most_copied_rows);
}

TEST_P(BulkLimits, EndACopyInThatTheServerWouldTake) {
    auto copy = connection_.copy_in(limit_.limits(), {.table = "bulk_limits"});
    copy.row(1);
    limit_.reach();
    const std::string data(200'000, '\n');
    limit_.expect_failure([&] { copy.write(data); });
}

INSTANTIATE_TEST_SUITE_P(Each, BulkLimits, testing::Bool(),
                         [](const auto& test) { return test.param ? "Deadline" : "Stop"; });

}  // namespace bulk_limits_test
