// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/codec.hpp>
#include <dsql/codecs/bytes.hpp>
#include <dsql/detail/range.hpp>
#include <dsql/detail/type_traits.hpp>
#include <dsql/detail/value_fitting.hpp>
#include <dsql/export.hpp>
#include <dsql/oid.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace dsql::detail {

/// The values of a statement's parameters as libpq takes them: four arrays of `count`. Borrowed.
/// Source: PostgreSQL, "libpq: Command Execution Functions", PQexecParams.
struct argument_view {
    int count = 0;
    const oid* types = nullptr;
    const char* const* values = nullptr;  ///< null for NULL
    const int* lengths = nullptr;
    const int* formats = nullptr;  ///< 0 text, with a zero byte at its end; 1 binary

    [[nodiscard]] std::span<const oid> parameter_types() const noexcept {
        return {types, static_cast<std::size_t>(count)};
    }
};

/// Types that are sent as text without a declared type, so that the server infers the type:
/// strings, and types without a codec that convert to `std::string_view`.
template <class T>
concept string_like = std::same_as<T, std::string> || std::same_as<T, std::string_view> ||
                      std::same_as < std::decay_t<T>,
char* > || std::same_as<std::decay_t<T>, const char*> ||
    (!container_of_itself<T> && std::convertible_to<const T&, std::string_view> && !writable<T>);

template <class T>
concept owner_or_view_of_bytes = std::same_as<T, std::vector<std::byte>> ||
    std::same_as<T, std::span<const std::byte>> || std::same_as<T, std::span<std::byte>>;

/// Types that are sent as a `bytea` without a copy.
template <class T>
concept bytes_like = owner_or_view_of_bytes<T> ||
    (!container_of_itself<T> && std::convertible_to<const T&, std::span<const std::byte>> &&
     !writable<T>);

/// Types that are passed before a statement and are never values of it.
template <class T>
concept given_as_limits = std::same_as<T, call_limits> || std::same_as<T, within> ||
    std::same_as<T, std::stop_token> || std::same_as<T, no_retry_t>;

/// Says at compile time why a `T` cannot be sent. Returns whether it can.
template <class T>
consteval bool require_writable() {
    static_assert(!std::same_as<T, char>,
                  "a plain char is text in one program and a number in the next: give a "
                  "std::string, or a signed char for a number");
    static_assert(!given_as_limits<T>,
                  "limits are given in front of the statement, not among its values");
    static_assert(!container_of_itself<T> || writable<T>,
                  "this type has no codec to be sent with: a document of another JSON library goes "
                  "as its text, as dsql::json or std::string");
    static_assert(
        std::same_as<T, char> || given_as_limits<T> || container_of_itself<T> || writable<T>,
        "this type has no codec to be sent with: specialise dsql::codec for it, see "
        "dsql/codec.hpp");
    return writable<T>;
}

/// The slots of one parameter in libpq's arrays.
struct argument_slot {
    oid* type;
    const char** value;
    int* length;
    int* format;
    std::size_t* offset;  ///< of the value in the buffer, or `not_in_buffer`
};
inline constexpr std::size_t not_in_buffer = static_cast<std::size_t>(-1);

/// Throws `conversion_error`: parameter `index` (from 0), the C++ type, and why.
[[noreturn]] DSQL_EXPORT void throw_bad_argument(std::size_t index, std::string_view type,
                                                 std::string_view why);
/// Likewise, with the reason in `thrown`. For a `lossy_cast_error`, the message adds how to get the
/// cast.
[[noreturn]] DSQL_EXPORT void throw_bad_argument(std::size_t index, std::string_view type,
                                                 const conversion_error& thrown);
/// Throws `conversion_error` if text must not be sent for a parameter of the type `target`.
DSQL_EXPORT void check_text_argument_target(std::size_t index, std::string_view type, oid target);
/// Throws `conversion_error` for text with a zero byte in it, or of more than 1 GiB.
DSQL_EXPORT void check_text_argument(std::size_t index, std::string_view type,
                                     std::string_view text);
/// The length for libpq. Throws `conversion_error` with the reason alone when it is more than
/// PostgreSQL takes.
[[nodiscard]] DSQL_EXPORT int checked_length(std::size_t size);

/// The type that a value is sent with; `oids::unspecified` for a value that is sent as text, whose
/// type the server infers.
template <class T>
[[nodiscard]] constexpr oid declared_type() noexcept {
    if constexpr (string_like<T> || !(writable<T> || bytes_like<T>)) {
        return oids::unspecified;
    } else if constexpr (bytes_like<T>) {
        return oids::bytea;
    } else {
        return binary_writable<T> ? codec<T>::type : oids::unspecified;
    }
}

/// The name in messages of a `T` that is text, or of any `T` that is sent.
///@{
template <string_like T>
[[nodiscard]] constexpr std::string_view name_of_text() noexcept {
    return std::same_as<T, std::string> ? "std::string" : "std::string_view";
}
template <class T>
[[nodiscard]] std::string name_of_value() {
    if constexpr (string_like<T>) {
        return std::string(name_of_text<T>());
    } else if constexpr (bytes_like<T>) {
        return codec<std::span<const std::byte>>::name();
    } else {
        return codec<T>::name();
    }
}
///@}

/// Whether the codec of a `T` itself writes `to` in binary, so that no rule is needed.
template <class T>
[[nodiscard]] constexpr bool writes_itself(oid to) {
    if constexpr (binary_writable<T>) {
        return to != oids::unspecified && (to == declared_type<T>() || codec_writes<T>(to));
    } else {
        return false;
    }
}

/// Throws `conversion_error` with the reason alone unless a `T`, even if NULL, may be sent for a
/// parameter or column of the type `to`. If that is `oids::unspecified`, the type is not known and
/// the server decides.
template <class T>
void require_place(oid to) {
    constexpr oid declared = declared_type<T>();
    if (to == oids::unspecified || writes_itself<T>(to)) {
        return;
    }
    if constexpr (declared != oids::unspecified) {
        require_fitting(declared, to);
    } else {
        check_text_target(to);
    }
}

/// Appends a value in binary, as the type `to`. Returns false, and appends nothing, for a value
/// that must be sent as text. Throws `conversion_error` with the reason alone for a value that
/// cannot become a `to`.
template <class T>
[[nodiscard]] bool write_in_binary(byte_writer& out, const T& value, oid to) {
    require_place<T>(to);
    if constexpr (binary_writable<T>) {
        constexpr oid declared = declared_type<T>();
        if (writes_itself<T>(to)) {
            codec<T>::write(out, value, to);
            return true;
        }
        if constexpr (declared != oids::unspecified) {
            const std::size_t begin = out.size();
            codec<T>::write(out, value, declared);
            fit_written(out, begin, declared, to);
            return true;
        }
    }
    return false;
}

/// Fills the slots of one value. A value that must be encoded is written to `buffer`. `target` is
/// the parameter's type in a prepared statement, otherwise `oids::unspecified`.
class argument_encoder {
public:
    argument_encoder(byte_writer& buffer, argument_slot slot, std::size_t index, oid target)
        : buffer_(buffer), slot_(slot), index_(index), target_(target) {}

    template <class T>
    void encode(const T& value) {
        if constexpr (std::same_as<T, std::nullptr_t> || std::same_as<T, std::nullopt_t>) {
            put_null(oids::unspecified);
        } else if constexpr (is_optional_value<T>) {
            encode_optional(value);
        } else if constexpr (string_like<T>) {
            encode_text(value);
        } else if constexpr (bytes_like<T>) {
            encode_bytes(std::span<const std::byte>(value));
        } else {
            if constexpr (require_writable<T>()) {
                encode_by_codec(value);
            }
        }
    }

private:
    template <class T>
    void encode_optional(const std::optional<T>& value) {
        if (value) {
            encode(*value);
            return;
        }
        // The type is declared for NULL too, so that the statement is the same with and without a
        // value.
        constexpr oid type = declared_type<T>();
        if constexpr (type != oids::unspecified) {
            check_place<T>();
        }
        put_null(type);
    }

    template <class T>
    void check_place() const {
        try {
            require_place<T>(target_);
        } catch (const conversion_error& thrown) {
            throw_bad_argument(index_, name_of_value<T>(), thrown);
        }
    }

    template <class T>
    void encode_text(const T& value) {
        if constexpr (std::is_pointer_v<T>) {
            if (value == nullptr) {
                put_null(oids::unspecified);
                return;
            }
        }
        const std::string_view text(value);
        check_text_argument(index_, name_of_text<T>(), text);
        if (target_ == oids::bytea || target_ == oids::bytea_array) [[unlikely]] {
            check_text_argument_target(index_, name_of_text<T>(), target_);
        }
        if constexpr (std::same_as<T, std::string> || std::is_pointer_v<T>) {
            put_borrowed(oids::unspecified, text.data(), 0, 0);
        } else {
            const std::size_t offset = buffer_.size();
            buffer_.put(text);
            finish_text(offset);
        }
    }

    void encode_bytes(std::span<const std::byte> bytes) {
        if (target_ == oids::unspecified || target_ == oids::bytea) {
            // Not null even when empty: null is NULL.
            const char* const data =
                bytes.empty() ? ""
                              : static_cast<const char*>(static_cast<const void*>(bytes.data()));
            put_borrowed(oids::bytea, data, length_of<std::span<const std::byte>>(bytes.size()), 1);
        } else {
            encode_by_codec(bytes);
        }
    }

    template <class T>
    void encode_by_codec(const T& value) {
        const oid type = target_ == oids::unspecified ? declared_type<T>() : target_;
        const std::size_t offset = buffer_.size();
        try {
            if (write_in_binary(buffer_, value, type)) {
                put_borrowed(type, nullptr, checked_length(buffer_.size() - offset), 1);
                *slot_.offset = offset;
                return;
            }
        } catch (const conversion_error& thrown) {
            throw_bad_argument(index_, codec<T>::name(), thrown);
        }
        encode_as_text(value);
    }

    template <class T>
    [[nodiscard]] int length_of(std::size_t size) const {
        try {
            return checked_length(size);
        } catch (const conversion_error& thrown) {
            throw_bad_argument(index_, codec<T>::name(), thrown);
        }
    }

    template <class T>
    void encode_as_text(const T& value) {
        const std::size_t offset = buffer_.size();
        if constexpr (text_writable<T>) {
            try {
                codec<T>::write_text(buffer_, value);
            } catch (const conversion_error& thrown) {
                throw_bad_argument(index_, codec<T>::name(), thrown);
            }
            check_text_argument(index_, codec<T>::name(), buffer_.view().substr(offset));
            finish_text(offset);
        } else {
            throw_bad_argument(index_, codec<T>::name(),
                               "its codec has no write_text, which is needed to send it where " +
                                   type_name(target_) + " stands");
        }
    }

    void put_null(oid type) noexcept { put_borrowed(type, nullptr, 0, 0); }
    void put_borrowed(oid type, const char* value, int length, int format) noexcept {
        *slot_.type = type;
        *slot_.value = value;
        *slot_.length = length;
        *slot_.format = format;
        *slot_.offset = not_in_buffer;
    }
    // libpq ignores the length of text.
    void finish_text(std::size_t offset) {
        buffer_.put_char('\0');
        put_borrowed(oids::unspecified, nullptr, 0, 0);
        *slot_.offset = offset;
    }

    byte_writer& buffer_;
    argument_slot slot_;
    std::size_t index_;
    oid target_;
};

/// The values of a call's parameters, on the stack. Borrows the values that can be sent without a
/// copy, and encodes the others into its own buffer. Valid as long as the values are.
template <std::size_t N>
class arguments {
public:
    /// `targets` are the types a prepared statement's parameters have; empty for text.
    template <class... Ts>
    explicit arguments(std::span<const oid> targets, const Ts&... values) {
        static_assert(sizeof...(Ts) == N);
        std::size_t index = 0;
        (encode(index++, targets, values), ...);
        // Set last, because the buffer may have moved while it grew.
        for (std::size_t i = 0; i < N; ++i) {
            if (offsets_[i] != not_in_buffer) {
                values_[i] = buffer_.data() + offsets_[i];
            }
        }
    }
    arguments(const arguments&) = delete;
    arguments& operator=(const arguments&) = delete;

    [[nodiscard]] argument_view view() const noexcept {
        return {static_cast<int>(N), types_.data(), values_.data(), lengths_.data(),
                formats_.data()};
    }

private:
    template <class T>
    void encode(std::size_t index, std::span<const oid> targets, const T& value) {
        const argument_slot slot{&types_[index], &values_[index], &lengths_[index],
                                 &formats_[index], &offsets_[index]};
        const oid target = index < targets.size() ? targets[index] : oids::unspecified;
        argument_encoder(buffer_, slot, index, target).encode(value);
    }

    std::array<oid, N> types_;
    std::array<const char*, N> values_;
    std::array<int, N> lengths_;
    std::array<int, N> formats_;
    std::array<std::size_t, N> offsets_;
    byte_writer buffer_;
};

/// No parameters.
template <>
class arguments<0> {
public:
    explicit arguments(std::span<const oid>) noexcept {}
    [[nodiscard]] argument_view view() const noexcept { return {}; }
};

}  // namespace dsql::detail
