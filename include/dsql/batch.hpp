// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/parameter_targets.hpp>
#include <dsql/export.hpp>
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

/// Statements to be run together, in one exchange with the server. Copies what it is given, and may
/// be run more than once. A plain value; not safe for use from several threads while one of them
/// adds.
class DSQL_EXPORT batch {
public:
    /// Adds a statement. The same text is sent once and prepared once however often it is added.
    /// Throws `conversion_error` for a value that cannot be sent.
    template <class... Vs>
    batch& add(sql_text sql, const Vs&... values) {
        const auto bound = detail::bind_values(
            detail::parameter_targets(sql, detail::number_of_values(values...)), values...);
        append(sql, bound.view());
        return *this;
    }

    /// Number of statements.
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    /// Whether there are none.
    [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
    /// Forgets the statements, and keeps the room they took.
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

/// The answers to a batch, in the order of its statements. Owns them; movable. Reading is safe from
/// any number of threads.
class batch_results {
public:
    /// From one result for each statement.
    explicit batch_results(std::vector<result> results) noexcept : results_(std::move(results)) {}

    /// Number of statements.
    [[nodiscard]] std::size_t size() const noexcept { return results_.size(); }
    /// Throws `std::out_of_range` for a statement the batch does not have.
    [[nodiscard]] const result& operator[](std::size_t index) const { return results_.at(index); }
    /// Walks the results in the order of the statements.
    [[nodiscard]] auto begin() const noexcept { return results_.begin(); }
    /// Where that walk ends.
    [[nodiscard]] auto end() const noexcept { return results_.end(); }

    /// Takes the rows of one statement out, as `Ts...`; see `rows`. Once per statement.
    /// Throws `std::out_of_range` as above, and `conversion_error` where the columns do not match.
    template <class... Ts>
    [[nodiscard]] rows<Ts...> take(std::size_t index) {
        return rows<Ts...>(std::move(results_.at(index)));
    }

private:
    std::vector<result> results_;
};

}  // namespace dsql
