// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Decodes base64url without padding (RFC 7515, section 2). Throws for anything else.
inline std::string from_base64url(std::string_view text) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string bytes;
    unsigned bits = 0;
    int count = 0;
    for (const char c : text) {
        const std::size_t value = digits.find(c);
        if (value == std::string_view::npos) {
            throw std::runtime_error("not base64url");
        }
        bits = bits << 6U | static_cast<unsigned>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(bits >> static_cast<unsigned>(count) & 0xffU);
        }
    }
    return bytes;
}

/// The parsed parts of a signed JSON Web Token.
struct json_web_token {
    nlohmann::json header{};
    nlohmann::json claims{};
    std::string signed_part{};
    std::string signature{};

    explicit json_web_token(const std::string& text) {
        const std::size_t first = text.find('.');
        const std::size_t second = text.find('.', first + 1);
        header = nlohmann::json::parse(from_base64url(text.substr(0, first)));
        claims = nlohmann::json::parse(from_base64url(text.substr(first + 1, second - first - 1)));
        signed_part = text.substr(0, second);
        signature = from_base64url(text.substr(second + 1));
    }

    /// Whether this is a valid ES256 signature of `key` (RFC 7518, section 3.4).
    [[nodiscard]] bool is_signed_by(EVP_PKEY* key) const {
        const auto* const bytes = reinterpret_cast<const unsigned char*>(signature.data());
        if (signature.size() != 64) {
            return false;
        }
        const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> numbers(ECDSA_SIG_new(),
                                                                       &ECDSA_SIG_free);
        ECDSA_SIG_set0(numbers.get(), BN_bin2bn(bytes, 32, nullptr),
                       BN_bin2bn(bytes + 32, 32, nullptr));
        std::vector<unsigned char> der(128);
        unsigned char* end = der.data();
        const int size = i2d_ECDSA_SIG(numbers.get(), &end);
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                         &EVP_MD_CTX_free);
        return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
               EVP_DigestVerify(context.get(), der.data(), static_cast<std::size_t>(size),
                                reinterpret_cast<const unsigned char*>(signed_part.data()),
                                signed_part.size()) == 1;
    }
};
