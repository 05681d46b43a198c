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

/// Statements with their values, to be run in order.
class statement_list {
public:
    statement_list() = default;
    statement_list(const statement_list&) = delete;
    statement_list& operator=(const statement_list&) = delete;
    virtual ~statement_list() = default;

    [[nodiscard]] virtual std::size_t size() const noexcept = 0;
    /// The statement as a call would have had it.
    [[nodiscard]] virtual sql_text sql(std::size_t index) const = 0;
    /// Its values; valid until another statement's are asked for.
    [[nodiscard]] virtual detail::argument_view values(std::size_t index) = 0;
    /// How many there are.
    [[nodiscard]] virtual std::size_t value_count(std::size_t index) const noexcept = 0;
    /// What it does, as far as its words tell; valid until another statement's are asked for.
    [[nodiscard]] virtual const statement_traits& traits(std::size_t index) = 0;
    /// Whether a failure has to say which of the statements it was.
    [[nodiscard]] virtual bool is_batch() const noexcept = 0;
};

/// The one statement of a call.
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

/// Reads the statements of a batch, one at a time. The batch outlives it.
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
    std::vector<std::optional<statement_traits>> traits_{};  // of each text; batches repeat them
    std::vector<const char*> pointers_{};
};

}  // namespace dsql::pg
