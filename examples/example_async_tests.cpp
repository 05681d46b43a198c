// SPDX-License-Identifier: Apache-2.0
// A test of a coroutine that uses a database, with the fixture of dsql_test_fixture.hpp.
#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include "service/tests/dsql_test_fixture.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;

// The coroutine under test.
asio::awaitable<std::string> name_of(dsql::async_pool& db, std::int64_t id) {
    const auto name =
        co_await db.query_optional<std::string>("SELECT name FROM users WHERE id = $1", id);
    co_return name.value_or("nobody");
}

class Users : public dsql_test {
protected:
    Users() {
        pool().execute("CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL)");
        pool().execute("INSERT INTO users VALUES (1, 'Ada')");
    }

    /// Runs a coroutine to its end, and returns or throws what it does.
    template <class T>
    T run(asio::awaitable<T> work) {
        auto result = asio::co_spawn(io_, std::move(work), asio::use_future);
        io_.restart();
        io_.run();
        return result.get();
    }

    asio::io_context io_;
    dsql::async_pool db_{pool(), io_.get_executor()};
};

TEST_F(Users, HaveNames) {
    EXPECT_EQ(run(name_of(db_, 1)), "Ada");
}

TEST_F(Users, AreNobodyIfUnknown) {
    EXPECT_EQ(run(name_of(db_, 2)), "nobody");
}

}  // namespace
