// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dsql::detail {

/// Overwrites memory that held a secret. No compiler optimizes this away.
void cleanse(void* data, std::size_t size) noexcept;

/// Overwrites the whole buffer of `text` and empties it.
void cleanse(std::string& text) noexcept;

/// Makes room for `more` characters behind a text that holds a secret: where it has to move, what
/// it leaves behind is overwritten. Growing by itself, a string would leave a copy.
void reserve_secure(std::string& text, std::size_t more);

/// Appends to a text that holds a secret, with `make_room`.
void append_secret(std::string& text, std::string_view more);

/// Cleanses a text at the end of a scope, also when an exception leaves it.
class cleanse_guard {
public:
    /// `text` outlives the guard.
    explicit cleanse_guard(std::string& text) noexcept : text_(text) {}
    ~cleanse_guard() { cleanse(text_); }
    cleanse_guard(const cleanse_guard&) = delete;
    cleanse_guard& operator=(const cleanse_guard&) = delete;

private:
    std::string& text_;
};

}  // namespace dsql::detail
