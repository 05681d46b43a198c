// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/codecs.hpp>
#include <dsql/detail/arguments.hpp>
#include <dsql/detail/members.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/detail/value_fitting.hpp>
#include <dsql/export.hpp>
#include <dsql/statement.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace dsql::detail {

/// Whether a `T` is a whole row: an aggregate that is not a value itself.
template <class T>
concept written_by_members =
    plain_aggregate<T> && !writable<T> && !string_like<T> && !bytes_like<T>;

/// Collects the rows of a COPY, and knows its columns.
struct copy_row_writer {
    byte_writer buffer{};
    byte_writer scratch{};  ///< a value's text before it is escaped
    bool binary = false;
    /// Empty if they are not known; the type is `oids::unspecified` if it is not known. The text
    /// format needs neither.
    std::vector<column_description> columns{};
    std::size_t largest_row = 0;
};

/// Adds text to a row in text format. Source: PostgreSQL, "COPY", Text Format.
DSQL_EXPORT void put_escaped(byte_writer& out, std::string_view text);

/// Throws `conversion_error`: column `index` (from 0) of a COPY, the C++ type, and why.
[[noreturn]] DSQL_EXPORT void throw_bad_copy_value(const copy_row_writer& to, std::size_t index,
                                                   std::string_view cpp_type, std::string_view why);
/// Throws `conversion_error` when a row has another number of values than there are columns.
DSQL_EXPORT void check_copy_values(const copy_row_writer& to, std::size_t values);

/// Writes one row to the buffer. Removes it again unless `finish` is called.
class copy_row {
public:
    copy_row(copy_row_writer& to, std::size_t values) : to_(to), start_(to.buffer.size()) {
        check_copy_values(to, values);
        if (to_.binary) {
            to_.buffer.put_int16(static_cast<std::int16_t>(values));
        }
    }
    ~copy_row() {
        if (!finished_) {
            to_.buffer.shrink(start_);
        }
    }
    copy_row(const copy_row&) = delete;
    copy_row& operator=(const copy_row&) = delete;

    template <class T>
    void add(const T& value) {
        if constexpr (std::same_as<T, std::nullptr_t> || std::same_as<T, std::nullopt_t>) {
            put_null();
        } else if constexpr (is_optional_value<T>) {
            value ? add(*value) : add_null_of<typename T::value_type>();
        } else if constexpr (string_like<T>) {
            add_text(value);
        } else if constexpr (bytes_like<T>) {
            put(std::span<const std::byte>(value));
        } else {
            if constexpr (require_writable<T>()) {
                put(value);
            }
        }
    }

    void finish() {
        if (!to_.binary) {
            to_.buffer.put_char('\n');
        }
        const std::size_t size = to_.buffer.size() - start_;
        to_.largest_row = size > to_.largest_row ? size : to_.largest_row;
        finished_ = true;
    }

private:
    template <class T>
    void add_text(const T& value) {
        if constexpr (std::is_pointer_v<T>) {
            if (value == nullptr) {
                put_null();
                return;
            }
        }
        put(std::string_view(value));
    }

    void put_null() {
        begin_value();
        if (to_.binary) {
            to_.buffer.put_int32(-1);
        } else {
            to_.buffer.put("\\N");
        }
    }

    // NULL has a type too, as in a statement.
    template <class T>
    void add_null_of() {
        if constexpr (declared_type<T>() != oids::unspecified) {
            const std::size_t index = index_;
            try {
                require_place<T>(column_type(index));
            } catch (const conversion_error& thrown) {
                throw_bad_copy_value(to_, index, name_of_value<T>(), thrown.what());
            }
        }
        put_null();
    }

    template <class T>
    void put(const T& value) {
        const std::size_t index = index_;
        begin_value();
        try {
            to_.binary ? put_binary(value, column_type(index))
                       : put_text(value, column_type(index));
        } catch (const conversion_error& thrown) {
            throw_bad_copy_value(to_, index, codec<T>::name(), thrown.what());
        }
    }

    template <class T>
    void put_binary(const T& value, oid type) {
        const std::size_t length_at = to_.buffer.size();
        to_.buffer.put_int32(0);
        const std::size_t begin = to_.buffer.size();
        if (!write_in_binary(to_.buffer, value, type)) {
            throw conversion_error(
                "COPY in binary format takes text for columns of text alone; use the text format");
        }
        to_.buffer.patch_int32(length_at, checked_length(to_.buffer.size() - begin));
    }

    template <class T>
    void put_text(const T& value, oid type) {
        static_assert(
            requires { codec<T>::write_text(to_.scratch, value); },
            "the codec has no write_text, which COPY in text format needs");
        require_place<T>(type);
        to_.scratch.clear();
        if (!put_fitted(value, type)) {
            codec<T>::write_text(to_.scratch, value);
        }
        check_no_zero_byte(to_.scratch.view());
        put_escaped(to_.buffer, to_.scratch.view());
    }

    // Writes to `scratch` the text of the value in a column of another type. Returns false if that
    // is the text of the codec; the value has then been checked.
    template <class T>
    [[nodiscard]] bool put_fitted(const T& value, oid type) {
        constexpr oid declared = declared_type<T>();
        if constexpr (declared != oids::unspecified) {
            if (type == oids::unspecified || type == declared) {
                return false;
            }
            // Only the text of a floating-point number depends on the precision of the type.
            if (writes_itself<T>(type) &&
                !(is_floating_point(declared) && has_fitting(declared, type))) {
                codec<T>::write(to_.scratch, value, type);
                to_.scratch.clear();
                return false;
            }
            codec<T>::write(to_.scratch, value, declared);
            fit_written_as_text(to_.scratch, 0, declared, type);
            return true;
        }
        return false;
    }

    [[nodiscard]] static constexpr bool is_floating_point(oid type) noexcept {
        return type == oids::float4 || type == oids::float8 || type == oids::float4_array ||
               type == oids::float8_array;
    }

    [[nodiscard]] oid column_type(std::size_t index) const noexcept {
        return index < to_.columns.size() ? to_.columns[index].type : oids::unspecified;
    }

    void begin_value() {
        if (!to_.binary && index_ > 0) {
            to_.buffer.put_char('\t');
        }
        ++index_;
    }

    copy_row_writer& to_;
    std::size_t start_;
    std::size_t index_ = 0;
    bool finished_ = false;
};

/// Adds one row: its values, or an aggregate with them. Nothing is added if it throws. Errors name
/// the statement `origin`.
template <class... Ts>
void add_copy_row(copy_row_writer& to, const statement_origin* origin, const Ts&... values) {
    if constexpr (sizeof...(Ts) == 1 && (written_by_members<Ts> && ...)) {
        std::apply([&](const auto&... members) { add_copy_row(to, origin, members...); },
                   tie_members(values...));
    } else {
        naming_statement(origin, [&] {
            copy_row writing(to, sizeof...(Ts));
            (writing.add(values), ...);
            writing.finish();
        });
    }
}

}  // namespace dsql::detail
