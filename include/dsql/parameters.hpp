// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codecs.hpp>
#include <dsql/detail/arguments.hpp>
#include <dsql/export.hpp>
#include <dsql/sql_text.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsql {

namespace detail {
class bound_parameters;
class fitted_arguments;
}  // namespace detail

/// Values for a statement's `$1`, `$2`, ... if their number is known only at run time. Pass it to
/// `query` and similar functions as the only value. Copies the values. Other threads must not use
/// it while one thread adds values.
///
/// With a prepared `statement`, each value must be text, have the parameter's type, or be
/// convertible to it without loss, as an integer or a double is to numeric; any other value is a
/// `conversion_error`.
class DSQL_EXPORT parameters {
public:
    parameters();

    /// One parameter per argument, in order.
    template <class... Ts>
    requires(sizeof...(Ts) > 0 &&
             !(sizeof...(Ts) == 1 &&
               (std::same_as<Ts, parameters> && ...))) explicit parameters(const Ts&... values) {
        reserve(sizeof...(Ts));
        (add(values), ...);
    }

    /// Adds a value: text, `nullptr` or `std::nullopt` for NULL, or any type with a codec.
    /// Throws `conversion_error` for one that cannot be sent.
    template <class T>
    void add(const T& value) {
        const std::size_t index = size();
        oid type{};
        const char* data{};
        int length{};
        int format{};
        std::size_t offset{};
        byte_writer buffer;
        detail::argument_encoder({buffer}, {&type, &data, &length, &format, &offset}, index,
                                 oids::unspecified)
            .encode(value);
        append(type, format, offset == detail::not_in_buffer ? data : buffer.data() + offset,
               length);
    }

    /// Reserves memory for `count` values.
    void reserve(std::size_t count);
    /// Number of values.
    [[nodiscard]] std::size_t size() const noexcept { return types_.size(); }

private:
    friend class detail::bound_parameters;

    void append(oid type, int format, const char* data, int length);

    std::vector<oid> types_{};
    std::vector<int> formats_{};
    std::vector<int> lengths_{};
    // None for NULL. A std::string ends with the zero byte that text needs.
    std::vector<std::optional<std::string>> values_{};
};

namespace detail {

/// The values of a `parameters` as libpq takes them. Valid until that object is changed.
class DSQL_EXPORT bound_parameters {
public:
    /// `targets` are the types a prepared statement's parameters have; empty for text.
    /// Throws `conversion_error` for a value that does not fit its target.
    bound_parameters(std::span<const oid> targets, const parameters& values);
    bound_parameters(const bound_parameters&) = delete;
    bound_parameters& operator=(const bound_parameters&) = delete;
    ~bound_parameters();
    [[nodiscard]] argument_view view() const noexcept;

private:
    const parameters& values_;
    std::vector<const char*> pointers_{};
    std::unique_ptr<fitted_arguments> fitted_{};  // of a prepared statement
};

/// The values of a call, ready to be sent.
template <class... Ts>
[[nodiscard]] arguments<sizeof...(Ts)> bind_values(std::span<const oid> targets,
                                                   const Ts&... values) {
    return arguments<sizeof...(Ts)>(targets, values...);
}
[[nodiscard]] inline bound_parameters bind_values(std::span<const oid> targets,
                                                  const parameters& values) {
    return {targets, values};
}

/// The types of a prepared statement's parameters; none for text.
/// Throws `conversion_error` when a prepared statement takes another number of values.
[[nodiscard]] DSQL_EXPORT std::span<const oid> parameter_targets(const sql_text& sql,
                                                                 std::size_t values);

template <class... Vs>
[[nodiscard]] std::size_t number_of_values(const Vs&...) {
    return sizeof...(Vs);
}
[[nodiscard]] inline std::size_t number_of_values(const parameters& values) {
    return values.size();
}

/// Throws `conversion_error`: "`what` takes so many values, and so many were given".
[[noreturn]] DSQL_EXPORT void throw_value_count(std::string_view what, std::size_t takes,
                                                std::size_t given, const sql_text& sql);

/// Throws `conversion_error` for what the protocol cannot carry: a zero byte in the text, more
/// values than 65,535.
DSQL_EXPORT void check_statement(std::string_view sql, int values);

}  // namespace detail

}  // namespace dsql
