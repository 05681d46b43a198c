// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dsql::detail {

/// A moment as SigV4 writes it: "20260102T030405Z", to the second below.
class amz_date {
public:
    /// `at` lies in the years 0000 to 9999; one that does not is moved to the nearest end.
    explicit amz_date(std::chrono::system_clock::time_point at) noexcept;

    /// "20260102T030405Z"
    [[nodiscard]] std::string_view time() const noexcept { return {text_.data(), text_.size()}; }
    /// "20260102"
    [[nodiscard]] std::string_view day() const noexcept { return time().substr(0, 8); }

private:
    std::array<char, 16> text_;
};

/// The moment that a service or a cache file names: "2026-01-02T03:04:05Z" with, if need be, a
/// fraction of a second, and "UTC" or an offset such as "+01:00" in place of the "Z" (RFC 3339).
/// None for anything else and for years before 1970. A moment after the year 2261, which a clock of
/// nanoseconds cannot hold, comes out as the last day that it can.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_utc_time(
    std::string_view text) noexcept;

/// "2026-01-02T03:04:05Z", to the second below.
[[nodiscard]] std::string format_utc_time(std::chrono::system_clock::time_point at);

}  // namespace dsql::detail
