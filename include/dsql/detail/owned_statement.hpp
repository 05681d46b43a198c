// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/arguments.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/parameters.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>
#include <dsql/statement.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace dsql::detail {

/// The type that a value is kept as until its statement has run.
template <class T>
struct kept_value {
    using type = T;
};
template <class T>
requires(std::convertible_to<const T&, std::string_view> &&
         !std::same_as<T, std::string>) struct kept_value<T> {
    using type = std::string;
};
template <class T>
requires(!std::same_as<T, std::string> && std::convertible_to<const T&, std::string_view>) struct
    kept_value<std::optional<T>> {
    using type = std::optional<std::string>;
};
template <class T>
struct kept_value<std::reference_wrapper<T>> {
    using type = std::reference_wrapper<T>;
};
template <class T>
using kept_value_t = typename kept_value<std::remove_cvref_t<T>>::type;

template <class T>
kept_value_t<T> keep_value(const T& value) {
    if constexpr (std::same_as<kept_value_t<T>, std::string>) {
        return std::string(std::string_view(value));
    } else if constexpr (std::same_as<kept_value_t<T>, std::optional<std::string>>) {
        return value ? std::optional<std::string>(std::string_view(*value)) : std::nullopt;
    } else {
        return value;
    }
}

template <class T>
const T& lent_value(const T& value) noexcept {
    return value;
}
template <class T>
const T& lent_value(const std::reference_wrapper<T>& value) noexcept {
    return value.get();
}

/// The values of a statement that is run later.
class DSQL_EXPORT owned_values {
public:
    owned_values() = default;
    owned_values(const owned_values&) = delete;
    owned_values& operator=(const owned_values&) = delete;
    virtual ~owned_values();

    [[nodiscard]] virtual std::size_t count() const noexcept = 0;
    /// Encodes them for parameters of these types; empty: of none that is known. The view is valid
    /// as long as this object. Throws `conversion_error`.
    [[nodiscard]] virtual argument_view bind(std::span<const oid> targets) = 0;
};

template <class... Vs>
class owned_values_of final : public owned_values {
public:
    explicit owned_values_of(const Vs&... values) : values_(keep_value(values)...) {}

    [[nodiscard]] std::size_t count() const noexcept override { return sizeof...(Vs); }
    [[nodiscard]] argument_view bind(std::span<const oid> targets) override {
        std::apply([&](const auto&... kept) { bound_.emplace(targets, lent_value(kept)...); },
                   values_);
        return bound_->view();
    }

private:
    std::tuple<kept_value_t<Vs>...> values_;
    std::optional<arguments<sizeof...(Vs)>> bound_{};
};

template <>
class DSQL_EXPORT owned_values_of<parameters> final : public owned_values {
public:
    explicit owned_values_of(const parameters& values) : values_(values) {}

    [[nodiscard]] std::size_t count() const noexcept override { return values_.size(); }
    [[nodiscard]] argument_view bind(std::span<const oid> targets) override {
        bound_.emplace(targets, values_);
        return bound_->view();
    }

private:
    parameters values_;
    std::optional<bound_parameters> bound_{};
};

/// A statement that is run later, with everything that it needs.
class owned_statement {
public:
    owned_statement(const sql_text& sql, std::unique_ptr<owned_values> values)
        : where_(sql.where()), values_(std::move(values)) {
        if (sql.prepared() != nullptr) {
            prepared_.emplace(*sql.prepared());
        } else {
            text_ = sql.text();
        }
    }

    /// Borrows from this object.
    [[nodiscard]] sql_text sql() const noexcept {
        return prepared_ ? sql_text(*prepared_, where_) : sql_text(text_, where_);
    }
    /// The encoded values, valid as long as this object. Throws `conversion_error`.
    [[nodiscard]] argument_view bind() {
        return values_ == nullptr ? argument_view{}
                                  : values_->bind(parameter_targets(sql(), values_->count()));
    }

private:
    std::string text_{};
    std::optional<statement> prepared_{};
    source_location where_;
    std::unique_ptr<owned_values> values_;  // null: none
};

/// `owned_statement::bind`, whose errors name the statement.
[[nodiscard]] inline argument_view bind_naming(owned_statement& statement) {
    return naming_statement(statement.sql(), [&] { return statement.bind(); });
}

template <class... Vs>
[[nodiscard]] owned_statement own_statement(const sql_text& sql, const Vs&... values) {
    if constexpr (sizeof...(Vs) == 0) {
        return owned_statement(sql, nullptr);
    } else {
        return owned_statement(
            sql, std::make_unique<owned_values_of<std::remove_cvref_t<Vs>...>>(values...));
    }
}

}  // namespace dsql::detail
