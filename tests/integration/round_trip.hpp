// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Sends values to PostgreSQL, reads them back, and compares both with the texts that PostgreSQL
/// produces.
class RoundTrip : public testing::Test {
protected:
    RoundTrip() {
        session_.execute("SET TimeZone = 'UTC'");
        session_.execute("SET DateStyle = 'ISO, YMD'");
        session_.execute("SET IntervalStyle = 'postgres'");
    }

    /// Expects that PostgreSQL shows `value` as `text` in the type `sql_type`, and that it can be
    /// read back.
    template <class T>
    void expect_same(const std::string& sql_type, const T& value, const std::string& text) {
        SCOPED_TRACE(sql_type + " " + beginning(text));
        expect_sent(sql_type, value, text);
        expect_read(sql_type, text, value);
        expect_back(sql_type, value);
    }

    /// Checks only the sending of a parameter, in binary and in the text form that COPY uses.
    template <class T>
    void expect_sent(const std::string& sql_type, const T& value, const std::string& text) {
        expect_text(shown(sql_type, value), text, "as a parameter");
        expect_text(shown(sql_type, text_form(value)), text, "as text");
    }

    /// Checks only the reading of a result.
    template <class T>
    void expect_read(const std::string& sql_type, const std::string& text, const T& value) {
        EXPECT_TRUE(equal(read<T>(sql_type, text), value)) << sql_type << " " << beginning(text);
    }

    /// Expects that PostgreSQL has no such value: it can be sent neither in binary nor in text.
    template <class T>
    void expect_not_sent(const std::string& sql_type, const T& value) {
        EXPECT_NE(thrown_message<dsql::conversion_error>([&] { return shown(sql_type, value); }),
                  "")
            << sql_type;
        EXPECT_NE(thrown_message<dsql::conversion_error>([&] { return text_form(value); }), "")
            << sql_type;
    }

    /// Sends and reads a value in binary, alone and in an optional.
    template <class T>
    void expect_back(const std::string& sql_type, const T& value) {
        const std::string sql = "SELECT $1::" + sql_type;
        const std::optional<T> optional = value;
        EXPECT_TRUE(equal(session_.query_value<T>(sql, value), value)) << sql_type;
        EXPECT_TRUE(equal(session_.query_value<std::optional<T>>(sql, optional), optional))
            << sql_type << " in an optional";
    }

    /// Expects that T has no such value: reading it is an error.
    template <class T>
    void expect_not_read(const std::string& sql_type, const std::string& text) {
        EXPECT_NE(read_failure<T>(sql_type, text), "")
            << sql_type << " " << text << " as " << dsql::codec<T>::name();
    }

    /// Returns the error message of reading the value from a column named "it".
    template <class T>
    [[nodiscard]] std::string read_failure(const std::string& sql_type, const std::string& text) {
        return thrown_message<dsql::conversion_error>([&] { return read<T>(sql_type, text); });
    }

    /// Expects that NULL is read as an empty optional, and is an error for any other type.
    template <class T>
    void expect_null(const std::string& sql_type, const std::string& shown_type) {
        SCOPED_TRACE(sql_type);
        const std::string sql = "SELECT $1::" + sql_type + " AS nothing";
        EXPECT_FALSE(session_.query_value<std::optional<T>>(sql, std::optional<T>()).has_value());
        EXPECT_EQ(thrown_message<dsql::conversion_error>(
                      [&] { return session_.query_value<T>(sql, nullptr); }),
                  "column \"nothing\" (" + shown_type + ") as " + dsql::codec<T>::name() +
                      ": the value is NULL; read it as std::optional");
    }

    /// Compares two values. NaN equals NaN, but 0 differs from -0, and 1.0 from 1.00.
    template <class T>
    [[nodiscard]] static bool equal(const T& a, const T& b) {
        return a == b;
    }
    [[nodiscard]] static bool equal(double a, double b) {
        return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
    }
    [[nodiscard]] static bool equal(float a, float b) {
        return equal(static_cast<double>(a), static_cast<double>(b));
    }
    [[nodiscard]] static bool equal(const dsql::decimal& a, const dsql::decimal& b) {
        return a == b && a.to_string() == b.to_string();
    }
    template <class Duration>
    [[nodiscard]] static bool equal(const std::chrono::hh_mm_ss<Duration>& a,
                                    const std::chrono::hh_mm_ss<Duration>& b) {
        return a.to_duration() == b.to_duration();
    }
    template <class T>
    [[nodiscard]] static bool equal(const std::optional<T>& a, const std::optional<T>& b) {
        return a && b ? equal(*a, *b) : a.has_value() == b.has_value();
    }
    template <class T>
    [[nodiscard]] static bool equal(const std::vector<T>& a, const std::vector<T>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [](const T& one, const T& other) { return equal(one, other); });
    }

    [[nodiscard]] int server_version() {
        return session_.query_value<int>("SELECT current_setting('server_version_num')::int");
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());

private:
    [[nodiscard]] static std::string beginning(std::string_view text) {
        return std::string(text.substr(0, 80));
    }
    static void expect_text(const std::string& shown, const std::string& text, const char* how) {
        EXPECT_TRUE(shown == text) << how << ": " << beginning(shown);
    }
    template <class T>
    [[nodiscard]] static std::string text_form(const T& value) {
        dsql::byte_writer written;
        dsql::codec<T>::write_text(written, value);
        return std::string(written.view());
    }
    template <class T>
    [[nodiscard]] std::string shown(const std::string& sql_type, const T& value) {
        return session_.query_value<std::string>("SELECT ($1::" + sql_type + ")::text", value);
    }
    template <class T>
    [[nodiscard]] T read(const std::string& sql_type, const std::string& text) {
        return session_.query_value<T>("SELECT ($1::text)::" + sql_type + " AS it", text);
    }
};
