// SPDX-License-Identifier: Apache-2.0
#include "users.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace asio = boost::asio;

void create_users(dsql::pool& pool) {
    dsql::execute_with_retry(pool,
                             "CREATE TABLE IF NOT EXISTS service_users (id bigint PRIMARY KEY, "
                             "name text NOT NULL)");
}

asio::awaitable<std::optional<user>> find_user(dsql::async_pool& db, dsql::call_limits limits,
                                               std::int64_t id) {
    co_return co_await db.query_optional<user>(
        limits, "SELECT id, name FROM service_users WHERE id = $1", id);
}

asio::awaitable<void> store_user(dsql::async_pool& db, dsql::call_limits limits, user stored) {
    co_await dsql::async_execute_with_retry(
        db, limits,
        "INSERT INTO service_users VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = $2",
        stored.id, stored.name);
}
