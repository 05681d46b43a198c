// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wire {

/// The bytes to send on for one chunk that was read. While these are one span of the chunk, which
/// is the usual case, nothing is copied.
class relay_buffer {
public:
    /// Starts anew for a chunk. The chunk must stay alive and unchanged while bytes() is used.
    void reset(std::string_view chunk);

    /// Appends bytes unchanged. They may be a part of the chunk or not.
    void pass(std::string_view bytes);

    /// Appends bytes that are no part of the chunk.
    void add(std::string_view bytes);

    /// Removes what is after the first `size` bytes.
    void truncate(std::size_t size);

    /// What was appended since reset(). Valid until the next call of a member.
    std::string_view bytes() const noexcept { return is_copied_ ? copy_ : span_; }

private:
    bool continues_span(std::string_view bytes) const;
    void append(std::string_view bytes);

    std::string_view chunk_;
    std::string_view span_;
    std::string copy_;
    bool is_copied_ = false;
};

}  // namespace wire
