// SPDX-License-Identifier: Apache-2.0
#include "login/sigv4.hpp"

#include "login/uri_encoding.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

namespace dsql_local {
namespace {

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

constexpr std::string_view empty_payload_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// OpenSSL takes bytes as unsigned char where the rest of this file has text.
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
