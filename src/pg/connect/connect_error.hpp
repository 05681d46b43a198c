// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include "pg/connect/open_connection.hpp"

#include <string>
#include <string_view>

struct pg_conn;

namespace dsql::pg {

/// What the server itself said in libpq's text about a failed connect; empty fields when it did not
/// speak. libpq keeps no fields for this case, only the text.
struct server_refusal {
    std::string message{};
    std::string hint{};
};

[[nodiscard]] server_refusal parse_refusal(std::string_view libpq_message);

/// What the system says where this process, or the machine, has no descriptor left; else empty.
[[nodiscard]] std::string shortage_of_descriptors();

/// The error for a connect that failed in `phase`. The password is taken out of its text, should it
/// ever be in there.
[[nodiscard]] connection_error connect_failure(const pg_conn* handle, connection_phase phase,
                                               const login& target);

}  // namespace dsql::pg
