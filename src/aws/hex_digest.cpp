// SPDX-License-Identifier: Apache-2.0
#include "aws/hex_digest.hpp"

#include "aws/hex.hpp"

#include <openssl/evp.h>

#include <array>
#include <span>
#include <stdexcept>

namespace dsql::detail {

namespace {

std::string hex_digest(std::string_view text, const EVP_MD* algorithm) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm, nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute a digest");
    }
    std::string hex;
    append_hex(hex, std::span(digest).first(size));
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
