// SPDX-License-Identifier: Apache-2.0
#include "aws/hex_digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace dsql::detail {

namespace {

std::string hex_digest(std::string_view text, const EVP_MD* algorithm) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm, nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute a digest");
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (std::size_t i = 0; i < size; ++i) {
        hex += digits[digest[i] >> 4U];
        hex += digits[digest[i] & 0xfU];
    }
    return hex;
}

}  // namespace

std::string sha1_hex(std::string_view text) {
    return hex_digest(text, EVP_sha1());
}

std::string sha256_hex(std::string_view text) {
    return hex_digest(text, EVP_sha256());
}

}  // namespace dsql::detail
