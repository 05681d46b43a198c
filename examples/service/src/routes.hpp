// SPDX-License-Identifier: Apache-2.0
// What the service answers to which request.
#pragma once

#include <dsql/asio.hpp>

#include "http_server.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <string>

class routes {
public:
    /// `limit` is for all that one request does in the database. `db` must outlive this object.
    routes(dsql::async_pool& db, std::chrono::milliseconds limit) : db_(&db), limit_(limit) {}

    /// Answers `GET` and `PUT` of `/users/<number>`, and `GET /health`.
    [[nodiscard]] boost::asio::awaitable<http_response> answer(const http_request& asked) const;

private:
    [[nodiscard]] boost::asio::awaitable<http_response> choose(const http_request& asked) const;
    [[nodiscard]] boost::asio::awaitable<http_response> get_user(std::int64_t id) const;
    [[nodiscard]] boost::asio::awaitable<http_response> put_user(std::int64_t id,
                                                                 const std::string& body) const;

    dsql::async_pool* db_;
    std::chrono::milliseconds limit_;
};
