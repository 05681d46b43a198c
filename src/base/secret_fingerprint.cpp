// SPDX-License-Identifier: Apache-2.0
#include "base/secret_fingerprint.hpp"

#include <dsql/secret_string.hpp>

#include "base/fork_guard.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <random>
#include <utility>

namespace dsql::detail {

namespace {

constexpr std::size_t block_size = 12;

// A letter or digit, and the characters of the text that stand for it.
struct letter {
    char value = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
};
using letters = std::vector<letter, cleansing_allocator<letter>>;

bool is_letter_or_digit(char c) noexcept {
    return is_lower(lower(c)) || is_digit(c);
}

std::size_t past_spaces(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && is_space(text[at])) {
        ++at;
    }
    return at;
}

// Reads `size` hexadecimal digits, with white space between them, as in a text that was split over
// lines. The value is 0 for what is no ASCII character.
std::optional<letter> read_hex(std::string_view text, std::size_t begin, std::size_t at,
                               std::size_t size) noexcept {
    int value = 0;
    for (std::size_t digits = 0; digits < size; ++digits) {
        at = past_spaces(text, at);
        const int digit = at < text.size() ? hex_value(text[at++]) : -1;
        if (digit < 0) {
            return std::nullopt;
        }
        value = value * 16 + digit;
    }
    return letter{value < 0x80 ? static_cast<char>(value) : '\0', begin, at};
}

// Reads "%2B", "%252B" and so on.
letter read_percent(std::string_view text, std::size_t begin) noexcept {
    for (std::size_t at = begin + 1;;) {
        const std::optional<letter> one = read_hex(text, begin, at, 2);
        if (!one || one->value != '%') {
            return one.value_or(letter{'%', begin, at});
        }
        at = one->end;
    }
}

// Reads one character, which may be encoded: "%2B", "\u002b".
letter read_one(std::string_view text, std::size_t at) noexcept {
    if (text[at] == '%') {
        return read_percent(text, at);
    }
    if (text.substr(at, 2) == "\\u") {
        if (const std::optional<letter> one = read_hex(text, at, at + 2, 4)) {
            return *one;
        }
    }
    const bool is_escape =
        text[at] == '\\' && at + 1 < text.size() && is_letter_or_digit(text[at + 1]);
    return is_escape ? letter{'\\', at, at + 2} : letter{text[at], at, at + 1};
}

letters letters_of(std::string_view text) {
    letters found;
    found.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const letter one = read_one(text, at);
        if (is_letter_or_digit(one.value)) {
            found.push_back({lower(one.value), one.begin, one.end});
        }
        at = one.end;
    }
    return found;
}

// Another one in each process, so that hashes of one say nothing about another.
std::uint64_t seed() {
    const fork_gate no_fork;  // while the variable below is initialized
    static const std::uint64_t chosen = [] {
        std::random_device random;
        return static_cast<std::uint64_t>(random()) << 32U | random();
    }();
    return chosen;
}

// FNV-1a, and the mixing of SplitMix64.
std::uint64_t hash_of_block(const letters& text, std::size_t at, std::uint64_t hash) {
    for (std::size_t i = at; i < at + block_size; ++i) {
        hash = (hash ^ static_cast<unsigned char>(text[i].value)) * 0x100000001b3ULL;
    }
    hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebULL;
    return hash ^ (hash >> 31U);
}

// The characters of a token, also in its encodings.
bool is_part_of_token(char c) noexcept {
    return is_letter_or_digit(c) ||
           std::string_view("%+/=-_~.&?\\").find(c) != std::string_view::npos;
}

struct range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// Extends a range by what is written together with it, but not beyond `from`.
range widened(std::string_view text, range found, std::size_t from) noexcept {
    while (found.begin > from && is_part_of_token(text[found.begin - 1])) {
        --found.begin;
    }
    while (found.end < text.size() && is_part_of_token(text[found.end])) {
        ++found.end;
    }
    return found;
}

}  // namespace

secret_fingerprint::secret_fingerprint(const std::vector<std::string_view>& secrets,
                                       std::size_t distance, std::uint64_t mask)
    : mask_(mask) {
    const std::uint64_t first = seed();
    for (const std::string_view secret : secrets) {
        const letters text = letters_of(secret);
        for (std::size_t at = 0; at + block_size <= text.size(); at += distance) {
            blocks_.push_back(hash_of_block(text, at, first) & mask_);
        }
    }
    std::sort(blocks_.begin(), blocks_.end());
}

secret_fingerprint secret_fingerprint::precise(const std::vector<std::string_view>& secrets) {
    return {secrets, 1, ~std::uint64_t{0}};
}

secret_fingerprint secret_fingerprint::lasting(const std::vector<std::string_view>& secrets) {
    return {secrets, block_size, 0xffffffffU};
}

void secret_fingerprint::add(const secret_fingerprint& other) {
    std::vector<std::uint64_t> both(blocks_.size() + other.blocks_.size());
    std::merge(blocks_.begin(), blocks_.end(), other.blocks_.begin(), other.blocks_.end(),
               both.begin());
    blocks_ = std::move(both);
    mask_ |= other.mask_;
}

void secret_fingerprint::remove(const secret_fingerprint& other) {
    std::vector<std::uint64_t> rest;
    rest.reserve(blocks_.size());
    std::set_difference(blocks_.begin(), blocks_.end(), other.blocks_.begin(), other.blocks_.end(),
                        std::back_inserter(rest));
    blocks_ = std::move(rest);
}

std::string secret_fingerprint::redact(std::string_view text, std::string_view in_place) const {
    if (blocks_.empty() || text.size() < block_size) {
        return std::string(text);
    }
    const letters read = letters_of(text);
    const std::uint64_t first = seed();
    std::string out;
    range last{};  // the characters that were replaced last
    for (std::size_t at = 0; at + block_size <= read.size(); ++at) {
        const range block{read[at].begin, read[at + block_size - 1].end};
        if (block.end <= last.end || !std::binary_search(blocks_.begin(), blocks_.end(),
                                                         hash_of_block(read, at, first) & mask_)) {
            continue;
        }
        if (block.begin < last.end) {
            last.end = widened(text, block, last.end).end;  // the same secret goes on
            continue;
        }
        const range found = widened(text, block, last.end);
        out.append(text.substr(last.end, found.begin - last.end)).append(in_place);
        last = found;
    }
    return out.append(text.substr(last.end));
}

std::string without_secrets(std::string_view text, const std::vector<std::string_view>& secrets,
                            std::string_view in_place) {
    std::string shown = secret_fingerprint::precise(secrets).redact(text, in_place);
    for (const std::string_view secret : secrets) {
        std::size_t at = secret.empty() ? std::string::npos : shown.find(secret);
        for (; at != std::string::npos; at = shown.find(secret, at + in_place.size())) {
            shown.replace(at, secret.size(), in_place);
        }
    }
    return shown;
}

std::vector<std::string_view> secret_parts(std::string_view password) {
    const std::size_t query = password.find('?');
    std::vector<std::string_view> found;
    for (std::size_t at = query; at < password.size();) {
        const std::size_t end = std::min(password.find('&', at + 1), password.size());
        const std::string_view parameter = password.substr(at + 1, end - at - 1);
        const std::size_t equals = std::min(parameter.find('='), parameter.size());
        const std::string name = lower(parameter.substr(0, equals));
        if (name.ends_with("signature") || name.ends_with("token")) {
            found.push_back(parameter.substr(std::min(equals + 1, parameter.size())));
        }
        at = end;
    }
    return found.empty() ? std::vector<std::string_view>{password} : found;
}

}  // namespace dsql::detail
