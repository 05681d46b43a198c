// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>
#include <dsql/detail/arguments.hpp>
#include <dsql/sql_text.hpp>

#include "pg/sql/statement_traits.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace dsql::pg {

/// Statements with their values, in the order in which they are to be run.
class statement_list {
public:
    statement_list() = default;
    statement_list(const statement_list&) = delete;
    statement_list& operator=(const statement_list&) = delete;
    virtual ~statement_list() = default;

    [[nodiscard]] virtual std::size_t size() const noexcept = 0;
    /// Returns a statement: its text or the prepared statement, and its source location.
    [[nodiscard]] virtual sql_text sql(std::size_t index) const = 0;
    /// Returns the values of a statement. Valid until the next call.
    [[nodiscard]] virtual detail::argument_view values(std::size_t index) = 0;
    /// The number of values of a statement.
    [[nodiscard]] virtual std::size_t value_count(std::size_t index) const noexcept = 0;
    /// Returns what the text of a statement tells about its effects. Valid until the next call.
    [[nodiscard]] virtual const statement_traits& traits(std::size_t index) = 0;
    /// Whether an error must name the statement that failed, as `batch_error`.
    [[nodiscard]] virtual bool is_batch() const noexcept = 0;
};

/// A list of one statement, for calls that run a single one.
class single_statement final : public statement_list {
public:
    single_statement(const sql_text& sql, const detail::argument_view& values) noexcept
        : sql_(sql), values_(values), traits_(traits_of(sql.text())) {}

    [[nodiscard]] std::size_t size() const noexcept override { return 1; }
    [[nodiscard]] sql_text sql(std::size_t) const override { return sql_; }
    [[nodiscard]] detail::argument_view values(std::size_t) override { return values_; }
    [[nodiscard]] std::size_t value_count(std::size_t) const noexcept override {
        return static_cast<std::size_t>(values_.count);
    }
    [[nodiscard]] const statement_traits& traits(std::size_t) override { return traits_; }
    [[nodiscard]] bool is_batch() const noexcept override { return false; }

private:
    const sql_text& sql_;
    const detail::argument_view& values_;
    const statement_traits traits_;
};

/// Reads the statements of a batch. The batch must outlive this object.
class batch_reader final : public statement_list {
public:
    explicit batch_reader(const batch& statements) noexcept : of_(statements) {}

    [[nodiscard]] std::size_t size() const noexcept override { return of_.size(); }
    [[nodiscard]] sql_text sql(std::size_t index) const override;
    [[nodiscard]] detail::argument_view values(std::size_t index) override;
    [[nodiscard]] std::size_t value_count(std::size_t index) const noexcept override;
    [[nodiscard]] const statement_traits& traits(std::size_t index) override;
    [[nodiscard]] bool is_batch() const noexcept override { return true; }

private:
    const batch& of_;
    std::vector<std::optional<statement_traits>> traits_{};  // one for each text
    std::vector<const char*> pointers_{};
};

}  // namespace dsql::pg
