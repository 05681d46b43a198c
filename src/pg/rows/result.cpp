// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/row_columns.hpp>
#include <dsql/error.hpp>
#include <dsql/result.hpp>

#include "base/text.hpp"
#include "pg/rows/statement_origin.hpp"

#include <libpq-fe.h>

#include <stdexcept>
#include <string>

namespace dsql {

namespace {

void check_index(int index, int size, const char* what, const detail::statement_origin* from) {
    if (index < 0 || index >= size) {
        detail::throw_out_of_range(what, index, "a result", size, from);
    }
}

}  // namespace

bool field::is_null() const noexcept {
    return PQgetisnull(rows_.get(), row_, column_) != 0;
}

std::string_view field::bytes() const noexcept {
    return {PQgetvalue(rows_.get(), row_, column_),
            static_cast<std::size_t>(PQgetlength(rows_.get(), row_, column_))};
}

std::string_view field::column_name() const noexcept {
    return PQfname(rows_.get(), column_);
}

[[gnu::hot]] oid field::column_type() const noexcept {
    return detail::column_type(rows_.get(), column_);
}

int row::size() const noexcept {
    return PQnfields(rows_.get());
}

field row::operator[](int column) const {
    check_index(column, size(), "column", origin_);
    return {rows_, origin_, row_, column};
}

field row::operator[](std::string_view column_name) const {
    for (int column = 0; column < size(); ++column) {
        if (column_name == PQfname(rows_.get(), column)) {
            return {rows_, origin_, row_, column};
        }
    }
    throw std::out_of_range("no column " + detail::in_quotes(column_name) +
                            " in the result; its columns: " + detail::list_of_columns(rows_.get()) +
                            detail::statement_context(origin_));
}

[[gnu::hot]] result::result(pg_result* owned) noexcept : rows_(owned) {}

[[gnu::hot]] void result::clear::operator()(pg_result* rows) const noexcept {
    PQclear(rows);
}

[[gnu::hot]] int result::size() const noexcept {
    return PQntuples(rows_.get());
}
[[gnu::hot]] int result::column_count() const noexcept {
    return PQnfields(rows_.get());
}

std::string_view result::column_name(int column) const& {
    return name_of(column);
}

std::string_view result::name_of(int column) const {
    check_index(column, column_count(), "column", origin_.get());
    return PQfname(rows_.get(), column);
}

oid result::column_type(int column) const {
    check_index(column, column_count(), "column", origin_.get());
    return detail::column_type(rows_.get(), column);
}

// libpq takes a non-const result here, although it does not change it.
std::int64_t result::affected_rows() const {
    return detail::parse_number<std::int64_t>(PQcmdTuples(rows_.get())).value_or(0);
}

std::string_view result::command_tag() const& noexcept {
    return tag();
}

std::string_view result::tag() const noexcept {
    const char* const tag = PQcmdStatus(rows_.get());
    return tag == nullptr ? std::string_view() : tag;
}

row result::operator[](int index) const& {
    check_index(index, size(), "row", origin_.get());
    return {detail::borrowed_rows(rows_.get()), origin_.get(), index};
}

owned_row result::operator[](int index) && {
    check_index(index, size(), "row", origin_.get());
    const auto clear_with_origin = [origin = origin_](pg_result* rows) noexcept {
        PQclear(rows);
    };
    return owned_row(
        row(detail::shared_rows(rows_.release(), clear_with_origin), origin_.get(), index));
}

row result::iterator::operator*() const {
    check_index(index_, PQntuples(rows_), "row", origin_);
    return {detail::borrowed_rows(rows_), origin_, index_};
}

[[gnu::hot]] field result::first_value() const {
    if (empty()) {
        throw no_rows_error("the query returned no row, and one was asked for" +
                            detail::statement_context(origin_.get()));
    }
    if (column_count() == 0) {
        conversion_error failure(
            "the query returned a row without columns, and a value was asked for");
        detail::name_statement(failure, origin_.get());
        throw failure;
    }
    return {detail::borrowed_rows(rows_.get()), origin_.get(), 0, 0};
}

}  // namespace dsql
