// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/dpop.hpp"

#include <dsql/error.hpp>

#include "base/fork_guard.hpp"

#include <nlohmann/json.hpp>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <vector>

namespace dsql::aws {

namespace {

template <auto free_handle>
struct openssl_deleter {
    template <class Handle>
    void operator()(Handle* handle) const noexcept {
        free_handle(handle);
    }
};
using memory_bio = std::unique_ptr<BIO, openssl_deleter<BIO_free_all>>;
using big_number = std::unique_ptr<BIGNUM, openssl_deleter<BN_clear_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, openssl_deleter<EVP_MD_CTX_free>>;
using ecdsa_signature = std::unique_ptr<ECDSA_SIG, openssl_deleter<ECDSA_SIG_free>>;

// Clears OpenSSL's error queue before it throws. The queue belongs to the thread, and an old error
// in it would mislead other users of OpenSSL.
[[noreturn]] void fail(const char* why) {
    ERR_clear_error();
    throw credentials_error(why);
}

void check(bool ok) {
    if (!ok) {
        fail("OpenSSL cannot sign with the dpopKey");
    }
}

// A password callback that supplies none. Without it, OpenSSL would ask for a password on the
// terminal.
int supply_no_password(char*, int, int, void*) noexcept {
    return -1;
}

bool is_p256(const EVP_PKEY* key) {
    std::array<char, 32> group{};
    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == SN_X9_62_prime256v1;
}

// Returns base64url without padding (RFC 7515, section 2).
std::string base64url(std::string_view bytes) {
    std::vector<unsigned char> text((bytes.size() + 2) / 3 * 4 + 1);
    const int size =
        EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                        static_cast<int>(bytes.size()));
    std::string out(text.begin(), text.begin() + size);
    out.erase(out.find_last_not_of('=') + 1);
    std::replace(out.begin(), out.end(), '+', '-');
    std::replace(out.begin(), out.end(), '/', '_');
    return out;
}

// Returns a number of the curve's field as 32 bytes in big-endian order (RFC 7518, section
// 6.2.1.2).
std::string field_bytes(const BIGNUM* number) {
    std::array<unsigned char, 32> bytes{};
    check(BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size())) ==
          static_cast<int>(bytes.size()));
    return {bytes.begin(), bytes.end()};
}

std::string coordinate(const EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    const bool found = EVP_PKEY_get_bn_param(key, name, &number) == 1;
    const big_number owned(number);
    check(found);
    return base64url(field_bytes(owned.get()));
}

// Returns a random UUID of version 4 (RFC 9562, section 5.4).
std::string random_uuid() {
    std::array<unsigned char, 16> bytes{};
    check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fU) | 0x40U);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fU) | 0x80U);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text += '-';
        }
        text += digits[bytes[i] >> 4U];
        text += digits[bytes[i] & 0xfU];
    }
    return text;
}

// Converts a signature from DER, which OpenSSL produces, to the concatenation of its two numbers
// (RFC 7518, section 3.4).
std::string raw_signature(const std::vector<unsigned char>& der) {
    const unsigned char* begin = der.data();
    const ecdsa_signature numbers(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())));
    check(numbers != nullptr);
    return field_bytes(ECDSA_SIG_get0_r(numbers.get())) +
           field_bytes(ECDSA_SIG_get0_s(numbers.get()));
}

std::string sign_es256(EVP_PKEY* key, std::string_view text) {
    const digest_context context(EVP_MD_CTX_new());
    const auto* const data = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    check(context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
          EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1);
    std::vector<unsigned char> der(size);
    check(EVP_DigestSign(context.get(), der.data(), &size, data, text.size()) == 1);
    der.resize(size);
    return raw_signature(der);
}

std::string encoded(const nlohmann::json& part) {
    return base64url(part.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

// OpenSSL takes locks that a forked child needs, here and in `proof`.
dpop_key::dpop_key(std::string_view pem) {
    const detail::fork_gate no_fork;
    const memory_bio text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (text) {
        key_.reset(PEM_read_bio_PrivateKey(text.get(), nullptr, &supply_no_password, nullptr));
    }
    if (!key_ || !is_p256(key_.get())) {
        fail("dpopKey is not an EC P-256 private key in PEM");
    }
}

std::string dpop_key::proof(std::string_view url, std::chrono::system_clock::time_point now) const {
    const detail::fork_gate no_fork;
    const nlohmann::json header{{"typ", "dpop+jwt"},
                                {"alg", "ES256"},
                                {"jwk",
                                 {{"kty", "EC"},
                                  {"crv", "P-256"},
                                  {"x", coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X)},
                                  {"y", coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y)}}}};
    const auto since_1970 = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
    const nlohmann::json claims{
        {"jti", random_uuid()}, {"htm", "POST"}, {"htu", url}, {"iat", since_1970.count()}};
    const std::string signed_part = encoded(header) + "." + encoded(claims);
    return signed_part + "." + base64url(sign_es256(key_.get(), signed_part));
}

}  // namespace dsql::aws
