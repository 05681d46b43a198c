// SPDX-License-Identifier: Apache-2.0
#include "users.hpp"

#include "dsql_test_fixture.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class Users : public dsql_test {
protected:
    Users() { create_users(pool()); }

    std::optional<user> find(std::int64_t id) { return run(find_user(db_, limits(), id)); }
    void store(const user& stored) { run(store_user(db_, limits(), stored)); }

private:
    static dsql::within limits() { return dsql::within{30s}; }

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

TEST_F(Users, AreFoundByTheirNumber) {
    EXPECT_FALSE(find(1).has_value());
    store({.id = 1, .name = "Ada"});
    const std::optional<user> found = find(1);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->id, 1);
    EXPECT_EQ(found->name, "Ada");
}

TEST_F(Users, AreReplaced) {
    store({.id = 1, .name = "Ada"});
    store({.id = 1, .name = "Ada Lovelace"});
    EXPECT_EQ(find(1)->name, "Ada Lovelace");
}

TEST_F(Users, CanBeCreatedByEachProcessThatStarts) {
    store({.id = 1, .name = "Ada"});
    create_users(pool());
    EXPECT_EQ(find(1)->name, "Ada");
}

}  // namespace
