// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli {

/// Formats a time in UTC: "2026-01-02T03:04:05Z".
[[nodiscard]] std::string format_utc(std::chrono::system_clock::time_point at);

/// Formats a duration with two or three significant digits: "0.34 ms", "12.0 ms", "450 ms".
[[nodiscard]] std::string format_milliseconds(std::chrono::microseconds time);

/// Converts to milliseconds with three decimals, for the JSON report.
[[nodiscard]] double to_milliseconds(std::chrono::microseconds time);

/// Returns "..." and the last four characters of an access key id: enough to tell keys apart, and
/// what AWS's own tools show. An id of eight characters or less is redacted whole.
[[nodiscard]] std::string redact_key_id(const std::string& access_key_id);

/// Whether `text` contains `part`.
[[nodiscard]] bool contains(std::string_view text, std::string_view part);

/// `text` without the blanks and tabs that it begins and ends with.
[[nodiscard]] std::string_view without_blanks(std::string_view text) noexcept;

/// `text` with the letters of ASCII in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

/// A number with its noun: "1 row", "0 rows", "12 rows".
[[nodiscard]] std::string count_of(std::int64_t count, std::string_view noun);

/// Joins `texts` with ", ".
[[nodiscard]] std::string join(const std::vector<std::string>& texts);

/// Replaces each run of blanks and control characters by one blank, so that text from a server or
/// a file can neither break a line of output nor send control sequences to the terminal.
[[nodiscard]] std::string to_single_line(std::string_view text);

/// Returns a JSON document with the control characters escaped that JSON allows as they are: U+007F
/// to U+009F, on which a terminal may act.
[[nodiscard]] std::string escape_controls(std::string_view json);

}  // namespace dsql_cli
