// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql {

namespace detail {

/// Overwrites memory that held a secret, in a way that no compiler leaves out.
DSQL_EXPORT void cleanse(void* data, std::size_t size) noexcept;

/// An allocator that overwrites all memory before it gives it back.
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

}  // namespace detail

/// A text that is a secret, such as a key or a password. Its memory is overwritten before it is
/// given back: when the object is destroyed, assigned to, or grows.
///
/// It is made of anything that converts to `std::string_view`, and converts to one itself. What you
/// copy out of it, into a `std::string` for example, is yours to wipe. It cannot be written to a
/// stream. An ordinary value otherwise: `const` access is safe from any thread.
class secret_string {
public:
    secret_string() noexcept = default;
    /// A copy of `text`. Implicit, so that a literal or a `std::string` can be given.
    template <class Text>
    requires(!std::same_as<Text, secret_string> &&
             std::convertible_to<const Text&, std::string_view>) secret_string(const Text& text) {
        append(text);
    }
    secret_string(const secret_string&) = default;
    secret_string(secret_string&&) noexcept = default;
    /// Assigns a copy. What it held before is overwritten.
    secret_string& operator=(const secret_string& other) { return *this = secret_string(other); }
    /// Takes the text over. What it held before is overwritten.
    secret_string& operator=(secret_string&& other) noexcept {
        std::vector<char, detail::cleansing_allocator<char>> taken = std::move(other.bytes_);
        bytes_.swap(taken);
        return *this;
    }
    ~secret_string() = default;

    /// The text; valid until it changes or the object is destroyed.
    [[nodiscard]] operator std::string_view() const noexcept { return {c_str(), size()}; }
    /// The text with a null character behind its end. Never null.
    [[nodiscard]] const char* c_str() const noexcept { return bytes_.empty() ? "" : bytes_.data(); }
    /// Its length in bytes.
    [[nodiscard]] std::size_t size() const noexcept {
        return bytes_.empty() ? 0 : bytes_.size() - 1;
    }
    /// Whether there is no text.
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    /// Adds to the end.
    void append(std::string_view more) {
        if (more.empty()) {
            return;
        }
        if (bytes_.empty()) {
            bytes_.reserve(more.size() + 1);
            bytes_.push_back('\0');
        }
        bytes_.insert(bytes_.end() - 1, more.begin(), more.end());
    }
    /// Makes room for a text of `size` bytes.
    void reserve(std::size_t size) { bytes_.reserve(size + 1); }
    /// Empties it. What it held is overwritten.
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
    // Empty, or the text and a null character. A vector keeps no short text in itself.
    std::vector<char, detail::cleansing_allocator<char>> bytes_{};
};

}  // namespace dsql
