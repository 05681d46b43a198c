// SPDX-License-Identifier: Apache-2.0
#include "wire/relay_buffer.hpp"

#include <functional>

namespace wire {
namespace {

// One large message must not keep its memory for the rest of the session.
constexpr std::size_t kept_copy_capacity = 256UL * 1024;

bool is_within(std::string_view part, std::string_view whole) {
    const std::less_equal<> not_after;
    return not_after(whole.data(), part.data()) &&
           not_after(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace

void relay_buffer::reset(std::string_view chunk) {
    chunk_ = chunk;
    span_ = {};
    is_copied_ = false;
    copy_.clear();
    if (copy_.capacity() > kept_copy_capacity) {
        copy_.shrink_to_fit();
    }
}

void relay_buffer::pass(std::string_view bytes) {
    if (is_copied_ || !continues_span(bytes)) {
        append(bytes);
    } else if (span_.empty()) {
        span_ = bytes;
    } else {
        span_ = {span_.data(), span_.size() + bytes.size()};
    }
}

void relay_buffer::add(std::string_view bytes) {
    append(bytes);
}

void relay_buffer::truncate(std::size_t size) {
    span_ = span_.substr(0, size);
    if (size < copy_.size()) {
        copy_.resize(size);
    }
}

bool relay_buffer::continues_span(std::string_view bytes) const {
    return is_within(bytes, chunk_) &&
           (span_.empty() || span_.data() + span_.size() == bytes.data());
}

void relay_buffer::append(std::string_view bytes) {
    if (!is_copied_) {
        copy_ = span_;
        is_copied_ = true;
    }
    copy_ += bytes;
}

}  // namespace wire
