// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dsql::detail {

/// A point in time as SigV4 writes it, "20260102T030405Z", rounded down to the second.
class amz_date {
public:
    /// A time outside of the years 0000 to 9999 is moved to the nearest one inside.
    explicit amz_date(std::chrono::system_clock::time_point at) noexcept;

    /// "20260102T030405Z"
    [[nodiscard]] std::string_view time() const noexcept { return {text_.data(), text_.size()}; }
    /// "20260102"
    [[nodiscard]] std::string_view day() const noexcept { return time().substr(0, 8); }

private:
    std::array<char, 16> text_;
};

/// Parses a time from a service or a cache file: "2026-01-02T03:04:05Z", with an optional fraction
/// of a second, and with "UTC" or an offset such as "+01:00" in place of "Z" (RFC 3339). None for
/// anything else, and for years before 1970. A time after the year 2261, which the nanosecond clock
/// cannot represent, becomes the last day that it can.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_utc_time(
    std::string_view text) noexcept;

/// Formats a time as "2026-01-02T03:04:05Z", rounded down to the second.
[[nodiscard]] DSQL_EXPORT std::string format_utc_time(std::chrono::system_clock::time_point at);

}  // namespace dsql::detail
