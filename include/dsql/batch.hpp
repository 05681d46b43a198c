// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/row_columns.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/parameters.hpp>
#include <dsql/result.hpp>
#include <dsql/rows.hpp>
#include <dsql/sql_text.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dsql {

namespace pg {
class batch_reader;
}

/// Statements that are run together, in one exchange with the server; see `query_functions::run`.
/// Copies its values, and may be run more than once. A plain value; not safe for use from several
/// threads while one of them adds.
///
/// `query_functions::run` throws `batch_error` when a statement fails. When a limit is reached or
/// the connection breaks, it throws `timeout_error`, `cancelled_error` or `connection_error`
/// instead. These have no `outcomes()` of the statements; their `statement_may_have_run()` applies
/// to the batch as a whole.
class DSQL_EXPORT batch {
public:
    /// Adds a statement. The same text is sent once and prepared once however often it is added.
    /// Throws `conversion_error` for a value that cannot be sent.
    template <class... Vs>
    batch& add(sql_text sql, const Vs&... values) {
        detail::naming_statement(sql, [&] {
            const auto bound = detail::bind_values(
                detail::parameter_targets(sql, detail::number_of_values(values...)), values...);
            append(sql, bound.view());
        });
        return *this;
    }

    /// Number of statements.
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    /// Whether there are none.
    [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
    /// Removes all statements, and keeps the capacity.
    void clear() noexcept;

private:
    friend class pg::batch_reader;

    struct text {
        std::string sql{};
        std::optional<statement> prepared{};
    };
    struct item {
        std::size_t text = 0;             // index into texts_
        std::size_t first_parameter = 0;  // index into the four vectors of parameters
        std::size_t parameters = 0;
        source_location where{};
    };

    void append(const sql_text& sql, const detail::argument_view& values);
    [[nodiscard]] std::size_t text_of(const sql_text& sql);

    std::vector<text> texts_{};
    std::vector<item> items_{};
    std::vector<oid> types_{};
    std::vector<int> lengths_{};
    std::vector<int> formats_{};
    std::vector<std::size_t> offsets_{};  // into values_; all ones for NULL
    std::string values_{};
};

/// The results of a batch, in the order of its statements. Owns them. Movable; a moved-from object
/// has none. Reading is safe from any number of threads.
class DSQL_EXPORT batch_results {
public:
    /// Takes one result for each statement.
    explicit batch_results(std::vector<result> results) noexcept;
    batch_results(batch_results&&) noexcept;
    batch_results& operator=(batch_results&&) noexcept;
    ~batch_results();

    /// Number of statements.
    [[nodiscard]] std::size_t size() const noexcept { return results_.size(); }
    /// The result of one statement. Called on a temporary, moves it out. Throws `std::out_of_range`
    /// for a statement the batch does not have, and `error` for one whose rows have been taken.
    ///@{
    [[nodiscard]] const result& operator[](std::size_t index) const&;
    [[nodiscard]] result operator[](std::size_t index) &&;
    ///@}
    /// Iterates over the results in the order of the statements; those that were taken are empty.
    /// Deleted for a temporary, which the iterator would outlive.
    [[nodiscard]] std::vector<result>::const_iterator begin() const& noexcept;
    void begin() const&& = delete;
    /// The end of the results.
    [[nodiscard]] std::vector<result>::const_iterator end() const& noexcept;
    void end() const&& = delete;

    /// Moves the rows of one statement out, as `Ts...`, once per statement. @see rows
    /// Throws `std::out_of_range` for a statement the batch does not have, `error` for one whose
    /// rows have been taken, and `conversion_error` where the columns do not match; the rows are
    /// gone then.
    template <class... Ts>
    [[nodiscard]] rows<Ts...> take(std::size_t index) {
        require(index);
        return rows<Ts...>(std::move(results_[index]));
    }

private:
    void require(std::size_t index) const;

    std::vector<result> results_;
};

}  // namespace dsql
