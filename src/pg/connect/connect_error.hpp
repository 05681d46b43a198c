// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include "pg/connect/open_connection.hpp"

#include <string>
#include <string_view>
#include <system_error>

struct pg_conn;

namespace dsql::pg {

/// What the server itself said in libpq's text about a failed connect. All fields are empty when it
/// said nothing.
struct server_refusal {
    std::string sqlstate{};
    std::string message{};
    std::string hint{};
};

/// Reads libpq's text of verbosity PQERRORS_VERBOSE: libpq keeps no fields for this case. The
/// SQLSTATE stands in front of the message, whatever language the words around it are in. The label
/// of the HINT is libpq's own word; see `untranslated_messages`.
/// Source: libpq, fe-protocol3.c, pqBuildErrorMessage3.
[[nodiscard]] server_refusal parse_refusal(std::string_view libpq_message);

/// EMFILE or ENFILE where this process, or the machine, has no descriptor left; else none.
[[nodiscard]] std::error_code shortage_of_descriptors() noexcept;

/// The error for a connect that failed in `phase` for the reason `code`, if that is known. The
/// password is taken out of its text, should it ever be in there.
[[nodiscard]] connection_error connect_failure(const pg_conn* handle, connection_phase phase,
                                               const login& target, std::error_code code);

/// The error for a connect whose address could not be reached, in libpq's words.
[[nodiscard]] connection_error unreachable(const pg_conn* handle, std::error_code code);

}  // namespace dsql::pg
