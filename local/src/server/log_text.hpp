// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace dsql_local {

/// Returns `text` in a form that cannot do harm in a terminal or a log: white space becomes one
/// space, control characters, bytes that are not UTF-8 and marks that change the direction of
/// writing become `\xNN`. It is cut after the character that reaches `limit` bytes, and then ends
/// in "...".
std::string printable(std::string_view text, std::size_t limit);

/// Returns the text of a statement for a log: without passwords and IAM tokens, printable, and
/// shortened.
std::string loggable_statement(std::string_view sql);

/// Formats a duration: "0.8 ms", "12.34 s".
std::string format_duration(std::chrono::nanoseconds duration);

/// Writes "dsql-local: ", `text` and a newline to standard error, in one step, so that the lines of
/// threads are never mixed. Shortens lines of more than 4 000 bytes, because a pipe takes no more
/// at once.
void write_log_line(std::string_view text) noexcept;

}  // namespace dsql_local
