// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace wire {

/// Returns a text as a string constant of SQL, for a query of the endpoint's own.
std::string quote_literal(std::string_view text);

/// Encodes a Query.
std::string encode_query(std::string_view sql);

/// Encodes a Parse. `tail` is what follows the name: the SQL with its NUL, and the types of the
/// parameters.
std::string encode_parse(std::string_view name, std::string_view tail);

/// Returns the tail of a Parse without types of parameters.
std::string parse_tail(std::string_view sql);

/// What follows the names in a Bind without parameters and formats.
constexpr std::string_view empty_bind_tail("\0\0\0\0\0\0", 6);

/// Encodes a Bind. `tail` is what follows the names: the parameters and the formats.
std::string encode_bind(std::string_view portal, std::string_view statement,
                        std::string_view tail = empty_bind_tail);

/// Encodes an Execute without a limit on the rows.
std::string encode_execute(std::string_view portal);

/// Encodes a Close of a prepared statement or a portal.
std::string encode_close_statement(std::string_view name);
std::string encode_close_portal(std::string_view name);

/// Encodes a Sync.
std::string encode_sync();

}  // namespace wire
