// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/uuid.hpp>

#include "base/fork_guard.hpp"
#include "base/hex.hpp"
#include "errors/statement_context.hpp"

#include <openssl/rand.h>

#include <optional>

namespace dsql {

namespace {

std::string_view without_braces(std::string_view text) noexcept {
    const bool braced = text.size() >= 2 && text.front() == '{' && text.back() == '}';
    return braced ? text.substr(1, text.size() - 2) : text;
}

// PostgreSQL accepts a dash after each fourth digit except the last.
bool may_stand_before_dash(std::size_t byte) noexcept {
    return byte % 2 == 1 && byte != 15;
}

std::optional<uuid::bytes_type> parse_bytes(std::string_view text) noexcept {
    uuid::bytes_type bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (text.size() < 2) {
            return std::nullopt;
        }
        const int high = detail::hex_value(text[0]);
        const int low = detail::hex_value(text[1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
        text.remove_prefix(2);
        if (!text.empty() && text.front() == '-' && may_stand_before_dash(i)) {
            text.remove_prefix(1);
        }
    }
    return text.empty() ? std::optional(bytes) : std::nullopt;
}

}  // namespace

uuid uuid::parse(std::string_view text) {
    const auto bytes = parse_bytes(without_braces(text));
    if (!bytes) {
        throw conversion_error("\"" + detail::excerpt(text) + "\"" +
                               " is no UUID; expected 32 hexadecimal digits such as "
                               "\"3d813cbb-47fb-32ba-91df-831e1593ac29\"");
    }
    return uuid(*bytes);
}

uuid uuid::random() {
    bytes_type bytes{};
    const detail::fork_gate no_fork;  // OpenSSL takes a lock that a forked child needs
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw error("no random UUID: OpenSSL's random number generator failed");
    }
    // Sets version 4 and the variant. Source: RFC 9562, section 5.4.
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    return uuid(bytes);
}

std::string uuid::to_string() const {
    std::string text(36, '-');
    char* to = text.data();
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            ++to;
        }
        to = detail::put_hex(to, bytes_[i]);
    }
    return text;
}

}  // namespace dsql
