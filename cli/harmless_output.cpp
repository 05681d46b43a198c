// SPDX-License-Identifier: Apache-2.0
#include "harmless_output.hpp"

#include <utility>

namespace dsql_cli {

namespace {

constexpr unsigned char begin_of_latin = 0xc2;

// Global, because colors concern the terminal, whatever stream leads to it.
bool writes_colors = false;

// Returns the number of bytes that follow the first of a character. Source: RFC 3629, section 3.
int bytes_after(unsigned char first) noexcept {
    if (first >= 0xf0 && first < 0xf8) {
        return 3;
    }
    return first >= 0xe0 ? 2 : first >= begin_of_latin ? 1 : 0;
}

}  // namespace

harmless_output::with_colors::with_colors() noexcept {
    writes_colors = true;
}
harmless_output::with_colors::~with_colors() {
    writes_colors = false;
}

harmless_output::harmless_output(std::ostream& stream) : stream_(stream), to_(stream.rdbuf()) {
    stream.rdbuf(this);
}

harmless_output::~harmless_output() {
    stream_.flush();
    stream_.rdbuf(to_);
}

bool harmless_output::is_harmless(unsigned char byte) noexcept {
    constexpr unsigned char escape = 0x1b;
    if (byte < 0x80) {
        following_ = 0;
        return (byte >= 0x20 && byte != 0x7f) || byte == '\n' || byte == '\t' ||
               (byte == escape && writes_colors);
    }
    if (byte < 0xc0 && following_ > 0) {
        --following_;
        return true;
    }
    following_ = bytes_after(byte);
    return byte >= 0xa0;
}

bool harmless_output::put(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::exchange(is_after_c2_, false)) {
        following_ = 0;
        if (byte >= 0x80 && byte < 0xa0) {
            return to_->sputc('?') != traits_type::eof();
        }
        if (to_->sputc(static_cast<char>(begin_of_latin)) == traits_type::eof()) {
            return false;
        }
        following_ = 1;
    }
    if (byte == begin_of_latin) {
        is_after_c2_ = true;
        return true;
    }
    return to_->sputc(is_harmless(byte) ? c : '?') != traits_type::eof();
}

harmless_output::int_type harmless_output::overflow(int_type c) {
    if (traits_type::eq_int_type(c, traits_type::eof())) {
        return traits_type::not_eof(c);
    }
    return put(traits_type::to_char_type(c)) ? c : traits_type::eof();
}

std::streamsize harmless_output::xsputn(const char* text, std::streamsize size) {
    for (std::streamsize i = 0; i < size; ++i) {
        if (!put(text[i])) {
            return i;
        }
    }
    return size;
}

int harmless_output::sync() {
    return to_->pubsync();
}

}  // namespace dsql_cli
