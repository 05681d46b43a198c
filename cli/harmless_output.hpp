// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ios>
#include <ostream>
#include <streambuf>
#include <string_view>

namespace dsql_cli {

/// Stands between a stream and its buffer, and replaces each control character with "?": those of
/// ASCII except for line breaks and tabs, and U+0080 to U+009F, in UTF-8 or as single bytes. So no
/// text of a server, a file or a variable can make the terminal do anything, whatever prints it.
class harmless_output final : public std::streambuf {
public:
    /// Replaces the buffer of `stream`, until this object is destroyed.
    explicit harmless_output(std::ostream& stream);
    ~harmless_output() override;
    harmless_output(const harmless_output&) = delete;
    harmless_output& operator=(const harmless_output&) = delete;

    /// While an object of this class lives, escape characters are written: for colors, around texts
    /// that have none.
    class with_colors {
    public:
        with_colors() noexcept;
        ~with_colors();
        with_colors(const with_colors&) = delete;
        with_colors& operator=(const with_colors&) = delete;
    };

protected:
    int_type overflow(int_type c) override;
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int sync() override;

private:
    [[nodiscard]] bool put(char c);
    [[nodiscard]] bool is_harmless(unsigned char byte) noexcept;

    std::ostream& stream_;
    std::streambuf* const to_;
    int following_ = 0;         // bytes that the current character of UTF-8 still has
    bool is_after_c2_ = false;  // which begins U+0080 to U+00BF; it is held back
};

}  // namespace dsql_cli
