// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>

/// Sends values through PostgreSQL in both directions and compares with PostgreSQL's own text.
class RoundTrip : public testing::Test {
protected:
    RoundTrip() {
        session_.execute("SET TimeZone = 'UTC'");
        session_.execute("SET DateStyle = 'ISO, YMD'");
        session_.execute("SET IntervalStyle = 'postgres'");
    }

    /// `value` is what PostgreSQL shows as `text` in the type `sql_type`.
    template <class T>
    void expect_same(const std::string& sql_type, const T& value, const std::string& text) {
        SCOPED_TRACE(sql_type + " " + text.substr(0, 80));
        expect_sent(sql_type, value, text);
        const std::string quoted = "SELECT ($1::text)::" + sql_type;
        EXPECT_TRUE(equal(session_.query_value<T>(quoted, text), value)) << "as a result";
        EXPECT_TRUE(equal(session_.query_value<T>("SELECT $1::" + sql_type, value), value))
            << "there and back";
        EXPECT_TRUE(equal(
            session_.query_value<std::optional<T>>("SELECT $1::" + sql_type, std::optional(value)),
            std::optional(value)))
            << "in an optional";
    }

    /// The parameter's direction alone, in binary and in the text form that COPY uses.
    template <class T>
    void expect_sent(const std::string& sql_type, const T& value, const std::string& text) {
        const std::string as_text = "SELECT ($1::" + sql_type + ")::text";
        EXPECT_EQ(session_.query_value<std::string>(as_text, value), text) << "as a parameter";
        dsql::byte_writer written;
        dsql::codec<T>::write_text(written, value);
        EXPECT_EQ(session_.query_value<std::string>(as_text, std::string(written.view())), text)
            << "as text: " << written.view().substr(0, 80);
    }

    /// NULL comes as an empty optional, and into nothing else.
    template <class T>
    void expect_null(const std::string& sql_type, const std::string& shown_type) {
        SCOPED_TRACE(sql_type);
        const std::string sql = "SELECT $1::" + sql_type + " AS nothing";
        EXPECT_EQ(session_.query_value<std::optional<T>>(sql, std::optional<T>()), std::nullopt);
        try {
            static_cast<void>(session_.query_value<T>(sql, nullptr));
            ADD_FAILURE() << "NULL was read";
        } catch (const dsql::conversion_error& failure) {
            EXPECT_EQ(std::string(failure.what()), "column \"nothing\" (" + shown_type + ") as " +
                                                       dsql::codec<T>::name() +
                                                       ": the value is NULL; read it as "
                                                       "std::optional");
        }
    }

    template <class T>
    [[nodiscard]] static bool equal(const T& a, const T& b) {
        return a == b;
    }
    // NaN is equal to NaN here, and 0 is not -0.
    [[nodiscard]] static bool equal(double a, double b) {
        return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
    }
    [[nodiscard]] static bool equal(float a, float b) {
        return equal(static_cast<double>(a), static_cast<double>(b));
    }
    template <class T>
    requires std::floating_point<T>
    [[nodiscard]] static bool equal(const std::optional<T>& a, const std::optional<T>& b) {
        return a && b && equal(*a, *b);
    }
    template <class Duration>
    [[nodiscard]] static bool equal(const std::chrono::hh_mm_ss<Duration>& a,
                                    const std::chrono::hh_mm_ss<Duration>& b) {
        return a.to_duration() == b.to_duration();
    }
    template <class Duration>
    [[nodiscard]] static bool equal(const std::optional<std::chrono::hh_mm_ss<Duration>>& a,
                                    const std::optional<std::chrono::hh_mm_ss<Duration>>& b) {
        return a && b && equal(*a, *b);
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};
