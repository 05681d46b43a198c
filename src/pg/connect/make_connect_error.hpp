// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include "pg/connect/open_connection.hpp"
#include "pg/connect/server_fault.hpp"

#include <string>
#include <string_view>
#include <system_error>

struct pg_conn;

namespace dsql::pg {

/// The server's error, taken from libpq's text about a failed connect. All members are empty if the
/// text contains none.
struct server_refusal {
    std::string sqlstate{};
    std::string message{};
    std::string hint{};
};

/// Reads libpq's text about a connect that failed after TLS was established, written with
/// PQERRORS_VERBOSE. libpq has no fields for this case. Severity and SQLSTATE are at the beginning
/// of the text, or after libpq's words about where it connected to, in every language; nothing else
/// is taken for them. libpq translates the label of the HINT; see `untranslated_messages`.
/// Source: libpq, fe-protocol3.c, pqBuildErrorMessage3.
[[nodiscard]] server_refusal parse_refusal(std::string_view libpq_message);

/// Whether libpq's text about a failed connect ends with the words that libpq or OpenSSL have for
/// an allocation that failed. Which of them sets `errno` to 0 afterwards differs between versions.
[[nodiscard]] bool says_memory_is_short(std::string_view libpq_message) noexcept;

/// Returns EMFILE or ENFILE if this process or the machine has no descriptor left, otherwise no
/// error.
[[nodiscard]] std::error_code shortage_of_descriptors() noexcept;

/// Returns the error for a connect that failed in `phase`. `code` is the reason, if it is known.
/// The password is removed from the text if it is there, and control characters are replaced.
/// Before TLS is established, no text is the server's: anyone on the way could have sent it.
[[nodiscard]] connection_error connect_failure(const pg_conn* handle, connection_phase phase,
                                               const login& target, std::error_code code);

/// Returns the error for a server that is not trusted.
[[nodiscard]] connection_error untrusted_server(const pg_conn* handle, connection_phase phase,
                                                const server_fault& fault);

/// Returns the error for an address that could not be reached, worded as libpq does.
[[nodiscard]] connection_error unreachable(const pg_conn* handle, std::error_code code);

}  // namespace dsql::pg
