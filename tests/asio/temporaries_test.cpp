// SPDX-License-Identifier: Apache-2.0
// Temporaries in expressions with co_await. g++ 12 destroys some of them twice, so each kind that
// the interface invites is awaited here, with more text than fits into a std::string itself.
#include <dsql/error.hpp>

#include "asio/asio_test.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace asio_test {

namespace {

const std::string long_text(100, 'x');

}  // namespace

TEST(AsyncTemporaries, ValuesAndStatements) {
    pools db(1);
    run([&]() -> asio::awaitable<void> {
        EXPECT_EQ(co_await db.async.query_value<std::string>(std::string("SELECT $1::text"),
                                                             std::string(100, 'x')),
                  long_text);
        EXPECT_EQ(co_await db.async.query_value<std::optional<std::string>>(
                      "SELECT $1::text", std::optional<std::string>(long_text)),
                  long_text);
        EXPECT_EQ(co_await db.async.query_value<std::vector<std::string>>(
                      "SELECT $1::text[]", std::vector<std::string>(2, long_text)),
                  std::vector<std::string>(2, long_text));
        const auto batch_of = [](const std::string& text) {
            dsql::batch made;
            made.add("SELECT $1::text", text);
            return made;
        };
        EXPECT_EQ((co_await db.async.run(batch_of(long_text)))[0].value<std::string>(), long_text);
    }());
}

TEST(AsyncTemporaries, LimitsAndOptions) {
    pools db(1);
    const std::stop_source stop;
    run([&]() -> asio::awaitable<void> {
        EXPECT_EQ(
            co_await db.async.query_value<int>({dsql::within{1min}, stop.get_token()}, "SELECT 1"),
            1);
        auto reading = co_await db.async.begin({dsql::within{1min}}, {.read_only = true});
        co_await reading.rollback();
        EXPECT_EQ(
            co_await dsql::async_transact(
                db.async, {{dsql::within{1min}, stop.get_token()}, dsql::retry_policy::patient()},
                [&](dsql::async_transaction& tx) -> asio::awaitable<int> {
                    co_return co_await tx.query_value<int>("SELECT 2");
                }),
            2);
        EXPECT_EQ(
            co_await dsql::async_execute_with_retry(
                db.async, {dsql::within{1min}, stop.get_token()}, "SELECT $1::text", long_text),
            1);
    }());
}

TEST(AsyncTemporaries, BodiesThatOwnWhatTheyUse) {
    pools db(1);
    run([&]() -> asio::awaitable<void> {
        const auto copies =
            [text = long_text](dsql::async_transaction& tx) -> asio::awaitable<std::string> {
            co_return co_await tx.query_value<std::string>("SELECT $1::text", text);
        };
        EXPECT_EQ(co_await dsql::async_transact(db.async, copies), long_text);
        auto owns = [owned = std::make_unique<std::string>(long_text)](
                        dsql::async_transaction& tx) -> asio::awaitable<std::string> {
            co_return co_await tx.query_value<std::string>("SELECT $1::text", *owned);
        };
        EXPECT_EQ(co_await dsql::async_transact(db.async, std::ref(owns)), long_text);
    }());
}

// What g++ 12 would destroy twice does not compile.
static_assert(
    std::is_convertible_v<const dsql::copy_target&, dsql::detail::named_object<dsql::copy_target>>);
static_assert(
    !std::is_convertible_v<dsql::copy_target, dsql::detail::named_object<dsql::copy_target>>);

}  // namespace asio_test
