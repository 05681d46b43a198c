// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace dsql_cli::exports {

/// A set of bytes.
class byte_set {
public:
    constexpr explicit byte_set(std::string_view members) {
        for (const char c : members) {
            is_member_[static_cast<unsigned char>(c)] = true;
        }
    }

    /// Whether it is a member.
    [[nodiscard]] bool has(char c) const noexcept {
        return is_member_[static_cast<unsigned char>(c)];
    }
    /// The first byte from `at` on that is a member. There has to be one.
    [[nodiscard]] const char* find(const char* at) const noexcept {
        while (!has(*at)) {
            ++at;
        }
        return at;
    }
    /// Whether a byte of `text` is a member.
    [[nodiscard]] bool has_any_of(std::string_view text) const noexcept {
        return std::any_of(text.begin(), text.end(), [this](char c) { return has(c); });
    }
    /// Whether every byte of `text` is a member.
    [[nodiscard]] bool has_all_of(std::string_view text) const noexcept {
        return std::all_of(text.begin(), text.end(), [this](char c) { return has(c); });
    }

private:
    std::array<bool, 256> is_member_{};
};

/// What is written for each byte: one byte or a few. At first, each stands for itself.
class byte_replacements {
public:
    constexpr byte_replacements() {
        for (std::size_t code = 0; code < written_.size(); ++code) {
            written_[code].text[0] = static_cast<char>(code);
        }
    }

    /// Writes `by`, of `longest` bytes at most, for this byte from now on.
    constexpr void replace(char c, std::string_view by) {
        replacement& changed = written_[static_cast<unsigned char>(c)];
        std::copy(by.begin(), by.end(), changed.text.begin());
        changed.size = static_cast<std::uint8_t>(by.size());
    }

    /// Appends what is written for the bytes of `text`. Takes the same time for every byte, however
    /// many are replaced.
    void append(std::string_view text, std::string& to) const {
        std::array<char, block_size * sizeof(replacement)> block;
        while (!text.empty()) {
            const std::string_view bytes = text.substr(0, block_size);
            char* end = block.data();
            for (const char c : bytes) {
                // All of it, because a copy of constant size needs no call and no branch.
                const replacement written = written_[static_cast<unsigned char>(c)];
                std::memcpy(end, &written, sizeof(written));
                end += written.size;
            }
            to.append(block.data(), static_cast<std::size_t>(end - block.data()));
            text.remove_prefix(bytes.size());
        }
    }

    static constexpr std::size_t longest = 7;

private:
    struct replacement {
        std::array<char, longest> text{};
        std::uint8_t size = 1;
    };

    static constexpr std::size_t block_size = 1024;

    std::array<replacement, 256> written_{};
};

}  // namespace dsql_cli::exports
