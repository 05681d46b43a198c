// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
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

}  // namespace dsql::detail
