// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>

#include "pg/codecs/civil_date.hpp"

#include <cstdint>

namespace dsql::pg {

/// What stands behind all else in a date before the year 1.
[[nodiscard]] constexpr std::string_view era_suffix(const civil_date& date) noexcept {
    return date.year > 0 ? "" : " BC";
}

/// "2024-02-29", the year with four digits or more and without its era.
void put_civil_date(byte_writer& out, const civil_date& date);

/// "23:59:59", with as much of a fraction as there is: ".25". Microseconds, from 0 to a day.
void put_clock(byte_writer& out, std::int64_t microseconds);

}  // namespace dsql::pg
