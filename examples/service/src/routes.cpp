// SPDX-License-Identifier: Apache-2.0
#include "routes.hpp"

#include <dsql/dsql.hpp>

#include "parse_number.hpp"
#include "users.hpp"

#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

http_response make_response(http::status status, const nlohmann::json& body) {
    http_response made(status, 11);
    made.set(http::field::content_type, "application/json");
    made.body() = body.dump() + '\n';
    return made;
}

http_response make_error(http::status status, const std::string& reason) {
    return make_response(status, {{"error", reason}});
}

http_response make_unavailable(const std::exception& error) {
    std::cerr << error.what() << '\n';
    http_response made = make_error(http::status::service_unavailable, "try again later");
    made.set(http::field::retry_after, "1");  // seconds
    return made;
}

http_response make_not_allowed(const std::string& allowed) {
    http_response made = make_error(http::status::method_not_allowed, "methods: " + allowed);
    made.set(http::field::allow, allowed);
    return made;
}

// Returns the number in "/users/<number>", or nothing for any other path.
std::optional<std::int64_t> user_id(std::string_view path) {
    constexpr std::string_view prefix = "/users/";
    return path.starts_with(prefix) ? parse_number<std::int64_t>(path.substr(prefix.size()))
                                    : std::nullopt;
}

// Returns the name in {"name": "..."}, or nothing for any other body. PostgreSQL has no texts with
// a zero byte.
std::optional<std::string> user_name(const std::string& body) {
    const auto sent = nlohmann::json::parse(body, nullptr, false);
    if (!sent.is_object() || !sent.contains("name") || !sent["name"].is_string()) {
        return std::nullopt;
    }
    auto name = sent["name"].get<std::string>();
    return name.find('\0') == std::string::npos ? std::optional(std::move(name)) : std::nullopt;
}

}  // namespace

asio::awaitable<http_response> routes::answer(const http_request& asked) const {
    try {
        co_return co_await choose(asked);
    } catch (const dsql::timeout_error& error) {  // no connection, or no result, in time
        co_return make_unavailable(error);
    } catch (const dsql::pool_exhausted_error& error) {  // max_waiters requests wait already
        co_return make_unavailable(error);
    } catch (const dsql::occ_conflict& error) {  // and all retries
        co_return make_unavailable(error);
    } catch (const dsql::error& error) {
        std::cerr << error.what() << '\n';
        co_return make_error(http::status::internal_server_error, "the query failed");
    }
}

asio::awaitable<http_response> routes::choose(const http_request& asked) const {
    const bool gets = asked.method() == http::verb::get;
    if (asked.target() == "/health") {
        co_return gets ? make_response(http::status::ok, {{"status", "ok"}})
                       : make_not_allowed("GET");
    }
    const std::optional<std::int64_t> id = user_id(asked.target());
    if (!id) {
        co_return make_error(http::status::not_found, "the path is not /users/<number>");
    }
    if (gets) {
        co_return co_await get_user(*id);
    }
    if (asked.method() == http::verb::put) {
        co_return co_await put_user(*id, asked.body());
    }
    co_return make_not_allowed("GET, PUT");
}

asio::awaitable<http_response> routes::get_user(std::int64_t id) const {
    const std::optional<user> found = co_await find_user(*db_, dsql::within{limit_}, id);
    if (!found) {
        co_return make_error(http::status::not_found, "no such user");
    }
    co_return make_response(http::status::ok, {{"id", found->id}, {"name", found->name}});
}

asio::awaitable<http_response> routes::put_user(std::int64_t id, const std::string& body) const {
    const std::optional<std::string> name = user_name(body);
    if (!name) {
        co_return make_error(http::status::bad_request, R"(the body is not {"name": "..."})");
    }
    const user stored{.id = id, .name = *name};
    co_await store_user(*db_, dsql::within{limit_}, stored);
    co_return make_response(http::status::ok, {{"id", stored.id}, {"name", stored.name}});
}
