// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace dsql {

/// The values for a statement's `$1`, `$2`, ...: text, integers, floating point, bool and NULL
/// (`nullptr`, `std::nullopt` or an empty `std::optional`). Copies what it is given. Not safe for
/// use from several threads while one of them adds.
/// Source: PostgreSQL, "libpq: Command Execution Functions", PQexecParams.
class DSQL_EXPORT parameters {
public:
    parameters() = default;

    /// One parameter per argument, in order.
    template <class... Ts>
    requires(sizeof...(Ts) > 0 &&
             !(sizeof...(Ts) == 1 &&
               (std::same_as<Ts, parameters> && ...))) explicit parameters(const Ts&... values) {
        values_.reserve(sizeof...(Ts));
        (add(values), ...);
    }

    /// Adds text. Throws `conversion_error` when it holds a zero byte, which no PostgreSQL text
    /// may.
    void add(std::string_view text);
    /// Adds text; a null pointer is NULL.
    void add(const char* text);
    void add(const std::string& text) { add(std::string_view(text)); }
    void add(std::nullptr_t) { values_.emplace_back(); }
    void add(std::nullopt_t) { values_.emplace_back(); }

    /// Adds a bool, an integer or a floating-point value; the latter with as many digits as it
    /// takes to read the same value back.
    template <class T>
    requires std::is_arithmetic_v<T>
    void add(T value) {
        static_assert(!is_character<T>, "a character is ambiguous: pass a string or a number");
        if constexpr (std::same_as<T, bool>) {
            add_bool(value);
        } else if constexpr (std::floating_point<T>) {
            static_assert(sizeof(T) <= sizeof(double), "long double has no PostgreSQL type");
            add_floating_point(value);
        } else if constexpr (std::signed_integral<T>) {
            add_signed(value);
        } else {
            add_unsigned(value);
        }
    }

    template <class T>
    void add(const std::optional<T>& value) {
        if (value) {
            add(*value);
        } else {
            values_.emplace_back();
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    /// The value as PostgreSQL reads it in text format; none for NULL. `index` < `size()`.
    [[nodiscard]] const std::optional<std::string>& text(std::size_t index) const {
        return values_.at(index);
    }

private:
    template <class T>
    static constexpr bool is_character =
        std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
        std::same_as<T, char16_t> || std::same_as<T, char32_t>;

    void add_bool(bool value);
    void add_signed(long long value);
    void add_unsigned(unsigned long long value);
    void add_floating_point(float value);
    void add_floating_point(double value);

    std::vector<std::optional<std::string>> values_;
};

}  // namespace dsql
