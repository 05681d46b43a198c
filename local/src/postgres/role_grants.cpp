// SPDX-License-Identifier: Apache-2.0
#include "postgres/role_grants.hpp"

#include "postgres/control_connection.hpp"
#include "wire/requests.hpp"

#include <string_view>
#include <utility>

namespace dsql_local {
namespace {

constexpr std::string_view own_role_prefix = "pg_";

}  // namespace

role_grants::role_grants(std::filesystem::path socket, std::string granted_user)
    : socket_(std::move(socket)), granted_user_(std::move(granted_user)) {}

role_grants::~role_grants() = default;

bool role_grants::may_log_in(const std::string& role, const std::optional<std::string>& arn) {
    if (role.starts_with(own_role_prefix)) {
        return false;
    }
    return role == "admin" || role == granted_user_ || is_granted(role, arn);
}

// The connection is lost if PostgreSQL ended it; the next question makes another.
bool role_grants::is_granted(const std::string& role, const std::optional<std::string>& arn) {
    const std::lock_guard lock(mutex_);
    if (!connection_) {
        connection_ = std::make_unique<control_connection>(socket_);
        connection_->query("SET default_transaction_isolation = 'read committed'");
    }
    try {
        const auto rows = connection_->query("SELECT pg_catalog.dsql_local_may_log_in(" +
                                             wire::quote_literal(role) + ", " +
                                             (arn ? wire::quote_literal(*arn) : "NULL") + ")");
        return rows.at(0).at(0) == "t";
    } catch (...) {
        connection_.reset();
        throw;
    }
}

}  // namespace dsql_local
