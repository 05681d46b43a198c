// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "postgres/cluster_schema.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// A blocking connection of the endpoint's own to PostgreSQL, as its superuser, for short queries.
/// It does not use libpq, whose environment variables and files belong to the clients of this
/// program. Not thread-safe.
class control_connection {
public:
    /// The values of a row, as text; NULL is empty.
    using row = std::vector<std::string>;

    /// Connects through PostgreSQL's Unix socket. Throws std::runtime_error. Tests connect as other
    /// roles, too.
    explicit control_connection(const std::filesystem::path& socket,
                                std::string_view user = superuser_name);
    ~control_connection();
    control_connection(const control_connection&) = delete;
    control_connection& operator=(const control_connection&) = delete;

    /// Runs statements and returns the rows of them all. Throws std::runtime_error if one fails, or
    /// if PostgreSQL does not answer within ten seconds.
    std::vector<row> query(const std::string& sql);

    /// The socket. It becomes readable when PostgreSQL sends a notification.
    int descriptor() const noexcept { return descriptor_; }

    /// Whether a notification arrived together with the response to a query since the last call.
    bool take_notification();

private:
    void send(const std::string& bytes) const;
    std::string receive(std::size_t size) const;
    // Reads up to ReadyForQuery.
    std::vector<row> receive_rows();

    int descriptor_;
    bool is_notified_ = false;
};

}  // namespace dsql_local
