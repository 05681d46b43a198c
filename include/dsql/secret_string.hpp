// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace dsql {

namespace detail {

/// Overwrites memory that held a secret. No compiler optimizes this away.
DSQL_EXPORT void cleanse(void* data, std::size_t size) noexcept;

/// An allocator that overwrites all memory before it frees it.
template <class T>
struct cleansing_allocator {
    using value_type = T;

    cleansing_allocator() noexcept = default;
    template <class U>
    cleansing_allocator(const cleansing_allocator<U>&) noexcept {}

    [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
    void deallocate(T* data, std::size_t count) noexcept {
        cleanse(data, count * sizeof(T));
        std::allocator<T>().deallocate(data, count);
    }
    friend bool operator==(const cleansing_allocator&, const cleansing_allocator&) noexcept {
        return true;
    }
};

/// Overwrites the bytes of an array before it frees it.
struct cleansing_delete {
    std::size_t capacity = 0;
    void operator()(char* bytes) const noexcept {
        cleanse(bytes, capacity);
        delete[] bytes;
    }
};

}  // namespace detail

/// A secret text, such as a key or a password. Its memory is overwritten before it is freed: when
/// the object is destroyed, is assigned to, or grows.
///
/// It can be constructed from anything that converts to `std::string_view`, and converts to
/// `std::string_view` itself. Copies of the text in other types, for example in a `std::string`,
/// are not overwritten. It cannot be written to a stream. Several threads may use `const` functions
/// of one object at the same time.
class secret_string {
public:
    secret_string() noexcept = default;
    /// Copies `text`. Implicit, so that you can pass a literal or a `std::string`.
    template <class Text>
    requires(!std::same_as<Text, secret_string> &&
             std::convertible_to<const Text&, std::string_view>) secret_string(const Text& text) {
        append(text);
    }
    secret_string(const secret_string& other) { append(other); }
    secret_string(secret_string&& other) noexcept
        : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
    /// Assigns a copy. The previous text is overwritten.
    secret_string& operator=(const secret_string& other) { return *this = secret_string(other); }
    /// Moves the text. The previous text is overwritten.
    secret_string& operator=(secret_string&& other) noexcept {
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    ~secret_string() = default;

    /// The text. The view is valid until the object is changed or destroyed.
    [[nodiscard]] operator std::string_view() const noexcept { return {c_str(), size()}; }
    /// The text, terminated by a null character. Never a null pointer. Valid until the object is
    /// changed or destroyed.
    [[nodiscard]] const char* c_str() const noexcept { return bytes_ ? bytes_.get() : ""; }
    /// The length of the text in bytes.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Whether the text is empty.
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    /// Appends `more`, which must not be a part of this text.
    DSQL_EXPORT void append(std::string_view more);
    /// Reserves memory for a text of `size` bytes.
    DSQL_EXPORT void reserve(std::size_t size);
    /// Makes the text empty. The previous text is overwritten.
    void clear() noexcept { *this = secret_string(); }

    /// Whether the texts are equal.
    ///@{
    friend bool operator==(const secret_string& one, const secret_string& other) noexcept {
        return std::string_view(one) == std::string_view(other);
    }
    template <class Text>
    requires(!std::same_as<Text, secret_string> &&
             std::convertible_to<const Text&, std::string_view>) friend bool
    operator==(const secret_string& one, const Text& other) noexcept {
        return std::string_view(one) == std::string_view(other);
    }
    ///@}

private:
    [[nodiscard]] std::size_t capacity() const noexcept {
        return bytes_ ? bytes_.get_deleter().capacity : 0;  // a moved-from deleter keeps its number
    }

    // Null, or the text and a null character. Not a std::string, which stores short texts in the
    // object itself, where nothing overwrites them.
    std::unique_ptr<char[], detail::cleansing_delete> bytes_{};
    std::size_t size_ = 0;
};

}  // namespace dsql
