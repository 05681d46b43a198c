// SPDX-License-Identifier: Apache-2.0
// What the service knows: its tables and statements. Nothing here knows HTTP, so tests call it
// directly.
#pragma once

#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// A row of the table service_users.
struct user {
    std::int64_t id;
    std::string name;
};

/// Makes the table if it does not exist. Every process may call this when it starts.
void create_users(dsql::pool& pool);

/// Returns the user with a number, or nothing. `limits` is for the wait for a connection and the
/// query together.
boost::asio::awaitable<std::optional<user>> find_user(dsql::async_pool& db,
                                                      dsql::call_limits limits, std::int64_t id);

/// Stores a user, in place of any with the same number. Runs the statement again after a conflict.
boost::asio::awaitable<void> store_user(dsql::async_pool& db, dsql::call_limits limits,
                                        user stored);
