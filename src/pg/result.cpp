// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/result.hpp>

#include "config/text.hpp"

#include <libpq-fe.h>

#include <stdexcept>

namespace dsql {

namespace {

// The built-in types of PostgreSQL's catalogue pg_type that a message is likely to name.
std::string sql_type_name(Oid type) {
    switch (type) {
        case 16:
            return "boolean";
        case 17:
            return "bytea";
        case 20:
            return "bigint";
        case 21:
            return "smallint";
        case 23:
            return "integer";
        case 25:
            return "text";
        case 700:
            return "real";
        case 701:
            return "double precision";
        case 1042:
            return "character";
        case 1043:
            return "character varying";
        case 1082:
            return "date";
        case 1114:
            return "timestamp";
        case 1184:
            return "timestamp with time zone";
        case 1700:
            return "numeric";
        case 2950:
            return "uuid";
        default:
            return "type with OID " + std::to_string(type);
    }
}

std::string column_names(const pg_result* rows) {
    std::string names;
    for (int column = 0; column < PQnfields(rows); ++column) {
        names += (names.empty() ? "" : ", ") + detail::in_quotes(PQfname(rows, column));
    }
    return names.empty() ? "none" : names;
}

void check_index(int index, int size, const char* what) {
    if (index < 0 || index >= size) {
        throw std::out_of_range(std::string(what) + " " + std::to_string(index) +
                                " of a result that has " + std::to_string(size));
    }
}

}  // namespace

bool field::is_null() const noexcept {
    return PQgetisnull(rows_, row_, column_) != 0;
}

std::string_view field::text() const noexcept {
    return {PQgetvalue(rows_, row_, column_),
            static_cast<std::size_t>(PQgetlength(rows_, row_, column_))};
}

std::string_view field::column_name() const noexcept {
    return PQfname(rows_, column_);
}

void field::fail(std::string_view type_name, std::string_view why) const {
    throw conversion_error("column " + detail::in_quotes(column_name()) + " (" +
                           sql_type_name(PQftype(rows_, column_)) + ") as " +
                           std::string(type_name) + ": " + std::string(why));
}

void field::require_value(std::string_view type_name) const {
    if (is_null()) {
        fail(type_name, "the value is NULL; read it as std::optional");
    }
}

void field::convert(std::string& value) const {
    require_value("std::string");
    value = text();
}

void field::convert(std::string_view& value) const {
    require_value("std::string_view");
    value = text();
}

void field::convert(bool& value) const {
    require_value("bool");
    if (text() != "t" && text() != "f") {
        fail("bool", "the value is neither true nor false");
    }
    value = text() == "t";
}

template <class T>
void field::convert_number(T& value, std::string_view type_name) const {
    require_value(type_name);
    std::string_view digits = text();
    // from_chars is the one conversion that does not ask the locale what a decimal point is.
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failure == std::errc::result_out_of_range) {
        fail(type_name, "the value " + detail::in_quotes(digits) + " does not fit");
    }
    if (failure != std::errc() || end != digits.data() + digits.size()) {
        fail(type_name, "the value is not such a number");
    }
}

void field::convert(float& value) const {
    convert_number(value, "float");
}
void field::convert(double& value) const {
    convert_number(value, "double");
}
void field::convert(short& value) const {
    convert_number(value, "short");
}
void field::convert(unsigned short& value) const {
    convert_number(value, "unsigned short");
}
void field::convert(int& value) const {
    convert_number(value, "int");
}
void field::convert(unsigned int& value) const {
    convert_number(value, "unsigned int");
}
void field::convert(long& value) const {
    convert_number(value, "long");
}
void field::convert(unsigned long& value) const {
    convert_number(value, "unsigned long");
}
void field::convert(long long& value) const {
    convert_number(value, "long long");
}
void field::convert(unsigned long long& value) const {
    convert_number(value, "unsigned long long");
}

int row::size() const noexcept {
    return PQnfields(rows_);
}

field row::operator[](int column) const {
    check_index(column, size(), "column");
    return {rows_, row_, column};
}

field row::operator[](std::string_view column_name) const {
    for (int column = 0; column < size(); ++column) {
        if (column_name == PQfname(rows_, column)) {
            return {rows_, row_, column};
        }
    }
    throw std::out_of_range("no column " + detail::in_quotes(column_name) +
                            " in the result; its columns: " + column_names(rows_));
}

result::result(pg_result* owned) noexcept : rows_(owned) {}

void result::clear::operator()(pg_result* rows) const noexcept {
    PQclear(rows);
}

int result::size() const noexcept {
    return PQntuples(rows_.get());
}
int result::column_count() const noexcept {
    return PQnfields(rows_.get());
}

std::string_view result::column_name(int column) const {
    check_index(column, column_count(), "column");
    return PQfname(rows_.get(), column);
}

// libpq's own interface takes a non-const result here, though it changes nothing.
std::int64_t result::affected_rows() const {
    return detail::parse_number<std::int64_t>(PQcmdTuples(rows_.get())).value_or(0);
}

std::string_view result::command_tag() const noexcept {
    return PQcmdStatus(rows_.get());
}

row result::operator[](int index) const {
    check_index(index, size(), "row");
    return {rows_.get(), index};
}

field result::first_value() const {
    if (empty()) {
        throw no_rows_error("the query returned no row, and one was asked for");
    }
    return (*this)[0][0];
}

}  // namespace dsql
