// SPDX-License-Identifier: Apache-2.0
#include "login/sigv4.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <stdexcept>

namespace dsql_local {
namespace {

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return -1;
}

// Percent-encodes every byte except the unreserved ones of RFC 3986, with upper-case hex digits.
std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[byte >> 4U];
        encoded += digits[byte & 0x0FU];
    }
    return encoded;
}

std::optional<unsigned> parse_digits(std::string_view text) {
    unsigned value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
}

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

constexpr std::string_view empty_payload_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// OpenSSL expects unsigned char.
const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_hex(const digest& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : bytes) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 0x0FU];
    }
    return hex;
}

digest sha256(std::string_view text) {
    digest result{};
    if (SHA256(bytes_of(text), text.size(), result.data()) == nullptr) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
    return result;
}

digest hmac(std::span<const unsigned char> key, std::string_view text) {
    digest result{};
    unsigned int length = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
             result.data(), &length) == nullptr) {
        throw std::runtime_error("OpenSSL cannot compute HMAC-SHA-256");
    }
    return result;
}

digest signing_key(const signing_input& input) {
    const std::string first = "AWS4" + std::string(input.secret_access_key);
    const digest dated = hmac({bytes_of(first), first.size()}, input.amz_date.substr(0, 8));
    const digest regional = hmac(dated, input.region);
    return hmac(hmac(regional, "dsql"), "aws4_request");
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_unreserved(text[i])) {
            decoded += text[i];
            continue;
        }
        if (text[i] != '%' || text.size() - i < 3) {
            return std::nullopt;
        }
        const int high = hex_value(text[i + 1]);
        const int low = hex_value(text[i + 2]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

std::string format_amz_time(seconds_point time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text.data();
}

std::optional<seconds_point> parse_amz_time(std::string_view text) {
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') {
        return std::nullopt;
    }
    const auto year = parse_digits(text.substr(0, 4));
    const auto month = parse_digits(text.substr(4, 2));
    const auto day = parse_digits(text.substr(6, 2));
    const auto hour = parse_digits(text.substr(9, 2));
    const auto minute = parse_digits(text.substr(11, 2));
    const auto second = parse_digits(text.substr(13, 2));
    if (!year || !month || !day || !hour || !minute || !second) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(*month), std::chrono::day(*day));
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

std::string canonical_query(const query_parameters& parameters) {
    query_parameters encoded;
    for (const auto& [name, value] : parameters) {
        encoded.emplace_back(percent_encode(name), percent_encode(value));
    }
    std::sort(encoded.begin(), encoded.end());
    std::string query;
    for (const auto& [name, value] : encoded) {
        query += query.empty() ? "" : "&";
        query.append(name).append("=").append(value);
    }
    return query;
}

std::string credential_scope(std::string_view amz_date, std::string_view region) {
    return std::string(amz_date.substr(0, 8)) + "/" + std::string(region) + "/dsql/aws4_request";
}

std::string token_signature(const signing_input& input) {
    const std::string request = "GET\n/\n" + std::string(input.canonical_query) +
                                "\nhost:" + std::string(input.host) + "\n\nhost\n" +
                                std::string(empty_payload_hash);
    const std::string to_sign = "AWS4-HMAC-SHA256\n" + std::string(input.amz_date) + "\n" +
                                credential_scope(input.amz_date, input.region) + "\n" +
                                to_hex(sha256(request));
    return to_hex(hmac(signing_key(input), to_sign));
}

}  // namespace dsql_local
