// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/row_reader.hpp>
#include <dsql/export.hpp>
#include <dsql/result.hpp>
#include <dsql/rows.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace dsql::detail {

/// What a result shows to the rest of the library only.
struct result_access {
    /// The statement that it is from; may be null.
    [[nodiscard]] static const statement_origin* origin_of(const result& all) noexcept {
        return all.origin_.get();
    }
    [[nodiscard]] static const shared_origin& shared_origin_of(const result& all) noexcept {
        return all.origin_;
    }
};

/// Throws `no_rows_error`.
[[noreturn]] DSQL_EXPORT void throw_no_rows(const statement_origin* of);
/// Throws `too_many_rows_error`.
[[noreturn]] DSQL_EXPORT void throw_too_many_rows(const statement_origin* of, int rows);

/// The first column of the first row.
template <class T>
[[nodiscard]] T read_value(const result& all) {
    if (all.empty()) {
        throw_no_rows(result_access::origin_of(all));
    }
    return all.value<T>();
}

/// The only row, if there is one.
template <class T, class... Ts>
[[nodiscard]] std::optional<single_row_t<T, Ts...>> read_optional(result untyped) {
    static_assert(
        !row_reader<T, Ts...>::borrowing,
        "a view would outlive the rows it points into: ask for an owning type, or use query");
    const statement_origin* const origin = result_access::origin_of(untyped);
    const rows<T, Ts...> all(std::move(untyped));
    if (all.size() > 1) {
        throw_too_many_rows(origin, all.size());
    }
    if (all.empty()) {
        return std::nullopt;
    }
    return as_single<single_row_t<T, Ts...>>([&all] { return *all.begin(); });
}

/// The only row.
template <class T, class... Ts>
[[nodiscard]] single_row_t<T, Ts...> read_one(result untyped) {
    const shared_origin origin = result_access::shared_origin_of(untyped);
    auto row = read_optional<T, Ts...>(std::move(untyped));
    if (!row) {
        throw_no_rows(origin.get());
    }
    return *std::move(row);
}

/// All rows.
template <class T, class... Ts>
[[nodiscard]] std::vector<single_row_t<T, Ts...>> read_all(result untyped) {
    static_assert(
        !row_reader<T, Ts...>::borrowing,
        "a view would outlive the rows it points into: ask for an owning type, or use query");
    using single = single_row_t<T, Ts...>;
    const rows<T, Ts...> all(std::move(untyped));
    std::vector<single> copies;
    copies.reserve(static_cast<std::size_t>(all.size()));
    for (auto row = all.begin(); row != all.end(); ++row) {
        const auto read = [&row] {
            return as_single<single>([&row] { return *row; });
        };
        if constexpr (std::same_as<single, bool>) {
            copies.push_back(read());  // std::vector<bool> has no elements to make in place
        } else {
            copies.emplace_back(deferred_construct(read));
        }
    }
    return copies;
}

}  // namespace dsql::detail
