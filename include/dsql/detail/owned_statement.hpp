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
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace dsql::detail {

/// The type that a value is kept as until its statement has run: text of any type as a
/// `std::string`, also inside optionals and vectors. A pointer to text may be null.
template <class T>
struct kept_value {
    using type = T;
};
template <class T>
requires(string_like<T> && !std::is_pointer_v<T>) struct kept_value<T> {
    using type = std::string;
};
template <class T>
requires(string_like<T>&& std::is_pointer_v<T>) struct kept_value<T> {
    using type = std::optional<std::string>;
};
template <class T>
requires(!std::same_as<typename kept_value<T>::type, T>) struct kept_value<std::optional<T>> {
    using type = std::conditional_t<std::is_pointer_v<T>, typename kept_value<T>::type,
                                    std::optional<typename kept_value<T>::type>>;
};
template <class T, class Allocator>
requires(
    !std::same_as<typename kept_value<T>::type, T>) struct kept_value<std::vector<T, Allocator>> {
    using type = std::vector<typename kept_value<T>::type>;
};
template <class T>
struct kept_value<std::reference_wrapper<T>> {
    using type = std::reference_wrapper<T>;
};
template <class T>
using kept_value_t = typename kept_value<std::remove_cvref_t<T>>::type;

template <class T>
kept_value_t<T> keep_value(const T& value) {
    if constexpr (std::same_as<kept_value_t<T>, T>) {
        return value;
    } else if constexpr (string_like<T> && std::is_pointer_v<T>) {
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    } else if constexpr (string_like<T>) {
        return std::string(std::string_view(value));
    } else if constexpr (requires { value.has_value(); }) {
        return value ? kept_value_t<T>(keep_value(*value)) : std::nullopt;
    } else {
        kept_value_t<T> kept;  // a vector
        kept.reserve(value.size());
        for (const auto& element : value) {
            kept.push_back(keep_value(element));
        }
        return kept;
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

/// How many bytes follow an object in its block of memory.
struct trailing_bytes {
    std::size_t count;
};

/// A statement that is run later: its text and its values, in one block of memory.
class DSQL_EXPORT kept_statement {
public:
    kept_statement(const kept_statement&) = delete;
    kept_statement& operator=(const kept_statement&) = delete;
    virtual ~kept_statement();

    static void* operator new(std::size_t size, trailing_bytes more) {
        return ::operator new(size + more.count);
    }
    static void operator delete(void* block) noexcept { ::operator delete(block); }
    static void operator delete(void* block, trailing_bytes /*more*/) noexcept {
        ::operator delete(block);
    }

    /// Borrows from this object.
    [[nodiscard]] const sql_text& sql() const noexcept { return sql_; }
    /// How much memory the encoded values need.
    [[nodiscard]] virtual std::size_t bound_size() const noexcept = 0;
    /// Encodes the values for the types of their parameters, in that memory. The view is valid
    /// until `unbind`. Throws `conversion_error`.
    [[nodiscard]] virtual argument_view bind(void* memory) const = 0;
    /// Destroys what `bind` has made in that memory.
    virtual void unbind(void* memory) const noexcept = 0;
    /// Another one with the same text and values.
    [[nodiscard]] virtual std::unique_ptr<kept_statement> copy() const = 0;

protected:
    /// `text_memory` has room for the text of `sql`, unless that is a prepared statement.
    kept_statement(const sql_text& sql, char* text_memory)
        : prepared_(sql.prepared() == nullptr ? std::nullopt : std::optional(*sql.prepared())),
          sql_(prepared_ ? sql_text(*prepared_, sql.where())
                         : sql_text(copy_of(sql.text(), text_memory), sql.where())) {}

private:
    [[nodiscard]] static std::string_view copy_of(std::string_view text, char* memory) noexcept {
        return {memory, text.copy(memory, text.size())};
    }

    const std::optional<statement> prepared_;
    const sql_text sql_;
};

using owned_statement = std::unique_ptr<kept_statement>;

/// Makes a `Kept` of a statement and its values, with room for the text.
template <class Kept, class... Vs>
[[nodiscard]] owned_statement make_kept_statement(const sql_text& sql, const Vs&... values) {
    static_assert(alignof(Kept) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__,
                  "values of over-aligned types cannot be kept");
    const std::size_t text = sql.prepared() == nullptr ? sql.text().size() : 0;
    return owned_statement(new (trailing_bytes{text}) Kept(sql, values...));
}

template <class... Vs>
class kept_statement_of final : public kept_statement {
public:
    explicit kept_statement_of(const sql_text& sql, const Vs&... values)
        : kept_statement(sql, reinterpret_cast<char*>(this) + sizeof(*this)),
          values_(keep_value(values)...) {}

    [[nodiscard]] std::size_t bound_size() const noexcept override { return sizeof(bound); }
    [[nodiscard]] argument_view bind(void* memory) const override {
        const auto targets = parameter_targets(sql(), sizeof...(Vs));
        return std::apply(
            [&](const auto&... kept) {
                return (new (memory) bound(targets, lent_value(kept)...))->view();
            },
            values_);
    }
    void unbind(void* memory) const noexcept override { static_cast<bound*>(memory)->~bound(); }
    [[nodiscard]] owned_statement copy() const override {
        return std::apply(
            [this](const auto&... kept) {
                return make_kept_statement<kept_statement_of<kept_value_t<Vs>...>>(sql(), kept...);
            },
            values_);
    }

private:
    using bound = arguments<sizeof...(Vs)>;

    std::tuple<kept_value_t<Vs>...> values_;
};

template <>
class kept_statement_of<parameters> final : public kept_statement {
public:
    kept_statement_of(const sql_text& sql, const parameters& values)
        : kept_statement(sql, reinterpret_cast<char*>(this) + sizeof(*this)), values_(values) {}

    [[nodiscard]] std::size_t bound_size() const noexcept override {
        return sizeof(bound_parameters);
    }
    [[nodiscard]] argument_view bind(void* memory) const override {
        const auto targets = parameter_targets(sql(), values_.size());
        return (new (memory) bound_parameters(targets, values_))->view();
    }
    void unbind(void* memory) const noexcept override {
        static_cast<bound_parameters*>(memory)->~bound_parameters();
    }
    [[nodiscard]] owned_statement copy() const override {
        return make_kept_statement<kept_statement_of>(sql(), values_);
    }

private:
    parameters values_;
};

template <class... Vs>
[[nodiscard]] owned_statement own_statement(const sql_text& sql, const Vs&... values) {
    return make_kept_statement<kept_statement_of<std::remove_cvref_t<Vs>...>>(sql, values...);
}

}  // namespace dsql::detail
