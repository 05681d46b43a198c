// SPDX-License-Identifier: Apache-2.0
// By default, SHA-256 is computed by OpenSSL's low-level functions. OpenSSL 3 deprecates them in
// favor of EVP, which allocates a context for every digest: 3 to 6 times the time of a token. Both
// run the same assembly, but only what EVP has fetched can be of OpenSSL's FIPS provider. The CMake
// option DSQL_DIGESTS chooses.
#ifndef DSQL_DIGESTS_BY_EVP
#define OPENSSL_SUPPRESS_DEPRECATED
#endif

#include "base/digest.hpp"

#include <dsql/error.hpp>
#include <dsql/secret_string.hpp>

#include "base/hex.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace dsql::detail {

#ifdef DSQL_DIGESTS_BY_EVP

namespace {

void check(int succeeded) {
    if (succeeded != 1) {
        throw error("OpenSSL cannot compute a SHA-256 digest: its configuration offers none");
    }
}

// Fetched once, because that takes longer than a digest. Never freed: a static object may sign
// after all others have ended.
const EVP_MD* fetched_sha256() {
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    check(fetched != nullptr ? 1 : 0);
    return fetched;
}

EVP_MD_CTX* new_context() {
    EVP_MD_CTX* const made = EVP_MD_CTX_new();
    if (made == nullptr) {
        throw std::bad_alloc();
    }
    return made;
}

}  // namespace

sha256_state::sha256_state() : context_(new_context()) {
    check(EVP_DigestInit_ex2(context_.get(), fetched_sha256(), nullptr));
}

sha256_state::sha256_state(const sha256_state& other) : context_(new_context()) {
    check(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()));
}

sha256_state& sha256_state::operator=(const sha256_state& other) {
    check(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()));
    return *this;
}

void sha256_state::add(const void* bytes, std::size_t size) {
    check(EVP_DigestUpdate(context_.get(), bytes, size));
}

void sha256_state::finish(sha256_digest& digest) {
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
}

#else

sha256_state::sha256_state() noexcept {
    SHA256_Init(&context_);
}

sha256_state::~sha256_state() {
    cleanse(&context_, sizeof context_);
}

void sha256_state::add(const void* bytes, std::size_t size) noexcept {
    SHA256_Update(&context_, bytes, size);
}

void sha256_state::finish(sha256_digest& digest) noexcept {
    SHA256_Final(digest.data(), &context_);
}

#endif

sha256& sha256::add(std::string_view text) {
    state_.add(text.data(), text.size());
    return *this;
}

sha256_digest sha256::finish() {
    sha256_digest digest;
    state_.finish(digest);
    return digest;
}

std::string sha1_hex(std::string_view text) {
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) {
        throw error("OpenSSL offers no SHA-1, which names of the AWS CLI's files need");
    }
    std::string hex;
    append_hex(hex, digest);
    return hex;
}

std::string sha256_hex(std::string_view text) {
    std::string hex;
    append_hex(hex, sha256().add(text).finish());
    return hex;
}

namespace {

// What SHA-256 hashes at once (FIPS 180-4).
using block = std::array<unsigned char, 64>;

block key_block(std::string_view key) {
    block padded{};
    if (key.size() > padded.size()) {
        const sha256_digest digest = sha256().add(key).finish();
        std::copy(digest.begin(), digest.end(), padded.begin());
    } else {
        std::copy(key.begin(), key.end(), padded.begin());
    }
    return padded;
}

void add_pad(sha256_state& state, const block& key, unsigned char pad) {
    block padded;
    std::transform(key.begin(), key.end(), padded.begin(),
                   [pad](unsigned char byte) { return static_cast<unsigned char>(byte ^ pad); });
    state.add(padded.data(), padded.size());
    cleanse(padded.data(), padded.size());
}

}  // namespace

hmac_sha256_key::hmac_sha256_key(std::string_view key) {
    block padded = key_block(key);
    add_pad(inner_, padded, 0x36);
    add_pad(outer_, padded, 0x5c);
    cleanse(padded.data(), padded.size());
}

sha256_digest hmac_sha256_key::sign(std::string_view text) const {
    sha256_digest digest;
    sha256_state state = inner_;
    state.add(text.data(), text.size());
    state.finish(digest);
    state = outer_;
    state.add(digest.data(), digest.size());
    state.finish(digest);
    return digest;
}

}  // namespace dsql::detail
