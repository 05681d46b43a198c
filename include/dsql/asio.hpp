// SPDX-License-Identifier: Apache-2.0
// Connections, transactions and pools for programs on Boost.Asio (1.81 or later): coroutines,
// futures, callbacks and any other completion token. Needs the CMake target dsql::asio.
#pragma once

#include <dsql/detail/asio/async_bulk_functions.hpp>
#include <dsql/detail/asio/async_call.hpp>
#include <dsql/detail/asio/async_connection.hpp>
#include <dsql/detail/asio/async_query_functions.hpp>
#include <dsql/detail/asio/async_transact.hpp>
#include <dsql/dsql.hpp>
#include <dsql/operation.hpp>
