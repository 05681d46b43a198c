// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/byte_order.hpp>
#include <dsql/export.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace dsql {

/// A growing buffer in which values are written for the server. Up to 512 bytes need no allocation.
/// Cannot be copied or moved. Not thread-safe.
class DSQL_EXPORT byte_writer {
public:
    byte_writer() noexcept = default;
    byte_writer(const byte_writer&) = delete;
    byte_writer& operator=(const byte_writer&) = delete;
    ~byte_writer() = default;

    /// Adds bytes as they are.
    void put(std::string_view bytes) {
        if (!bytes.empty()) {
            std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
        }
    }
    /// Adds one byte.
    void put_char(char value) { *extend(1) = value; }

    /// Adds an integer in network byte order, as all of PostgreSQL's binary formats have them.
    ///@{
    void put_int16(std::int16_t value) { put_big_endian(static_cast<std::uint16_t>(value)); }
    void put_int32(std::int32_t value) { put_big_endian(static_cast<std::uint32_t>(value)); }
    void put_int64(std::int64_t value) { put_big_endian(static_cast<std::uint64_t>(value)); }
    void put_uint32(std::uint32_t value) { put_big_endian(value); }
    ///@}

    /// Replaces the four bytes at `at`, which were written before.
    void patch_int32(std::size_t at, std::int32_t value) noexcept {
        detail::store_big_endian(begin_ + at, static_cast<std::uint32_t>(value));
    }

    /// Adds `count` bytes for the caller to fill; valid until the next byte is added.
    [[nodiscard]] char* extend(std::size_t count) {
        if (count > capacity_ - size_) {
            grow(count);
        }
        char* const added = begin_ + size_;
        size_ += count;
        return added;
    }

    /// The first byte; valid until more is written.
    [[nodiscard]] const char* data() const noexcept { return begin_; }
    /// How many bytes have been written.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The bytes that were written; valid until more is written.
    [[nodiscard]] std::string_view view() const noexcept { return {begin_, size_}; }
    /// Clears the contents and keeps the capacity.
    void clear() noexcept { size_ = 0; }
    /// Removes everything after the first `size` bytes. `size` must be at most `size()`.
    void shrink(std::size_t size) noexcept { size_ = size; }

private:
    template <class Unsigned>
    void put_big_endian(Unsigned value) {
        detail::store_big_endian(extend(sizeof value), value);
    }
    void grow(std::size_t count);

    static constexpr std::size_t inline_size = 512;
    std::array<char, inline_size> inline_;  // not initialized: written before it is read
    std::unique_ptr<char[]> heap_{};
    char* begin_ = inline_.data();
    std::size_t size_ = 0;
    std::size_t capacity_ = inline_size;
};

}  // namespace dsql
