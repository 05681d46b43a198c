// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>

#include <chrono>

namespace dsql {

namespace detail {

/// Days since 1970-01-01 of a `date`; the greatest and the least number for its infinities.
[[nodiscard]] DSQL_EXPORT std::chrono::days load_date(const binary_value& value);
/// Throws `conversion_error` for a day outside the range of PostgreSQL's dates.
DSQL_EXPORT void put_date(byte_writer& out, std::chrono::days since_1970);
DSQL_EXPORT void put_date_text(byte_writer& out, std::chrono::days since_1970);

/// Shared by all types that represent a `date`.
struct date_codec {
    static constexpr oid type = oids::date;
    static constexpr oid array_type = oids::date_array;
    static constexpr bool reads(oid column) { return column == type; }
};

template <class Days>
struct day_count_codec : date_codec {
    static Days read(const binary_value& value) { return Days(load_date(value)); }
    static void write(byte_writer& out, const Days& value, oid /*target*/) {
        put_date(out, value.time_since_epoch());
    }
    static void write_text(byte_writer& out, const Days& value) {
        put_date_text(out, value.time_since_epoch());
    }
};

}  // namespace detail

/// `std::chrono::sys_days` <-> `date`, infinities as `is_infinite` says. PostgreSQL's dates reach
/// from 4714-11-24 BC to 5874897-12-31; writing any other is a `conversion_error`. Source:
/// PostgreSQL, "Date/Time Types"; the proleptic Gregorian calendar, as in C++.
template <>
struct codec<std::chrono::sys_days> : detail::day_count_codec<std::chrono::sys_days> {
    static std::string name() { return "std::chrono::sys_days"; }
};

/// `std::chrono::local_days` <-> `date`. @see codec<std::chrono::sys_days>
template <>
struct codec<std::chrono::local_days> : detail::day_count_codec<std::chrono::local_days> {
    static std::string name() { return "std::chrono::local_days"; }
};

/// `std::chrono::year_month_day` <-> `date`. It has neither infinities nor years beyond 32767:
/// reading one of those is a `conversion_error`, and so is writing a date that no calendar has.
template <>
struct codec<std::chrono::year_month_day> : detail::date_codec {
    static std::string name() { return "std::chrono::year_month_day"; }
    static DSQL_EXPORT std::chrono::year_month_day read(const binary_value& value);
    static DSQL_EXPORT void write(byte_writer& out, const std::chrono::year_month_day& value,
                                  oid target);
    static DSQL_EXPORT void write_text(byte_writer& out, const std::chrono::year_month_day& value);
};

}  // namespace dsql
