// SPDX-License-Identifier: Apache-2.0
#include "proxy/scram.hpp"

#include "wire/messages.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace dsql_cli::proxy {

namespace {

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hmac(std::string_view key, std::string_view text) {
    std::string result(SHA256_DIGEST_LENGTH, '\0');
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
             bytes_of(result), &size) == nullptr) {
        throw std::runtime_error("OpenSSL cannot compute an HMAC");
    }
    return result;
}

std::string sha256(std::string_view text) {
    std::string result(SHA256_DIGEST_LENGTH, '\0');
    SHA256(bytes_of(text), text.size(), bytes_of(result));
    return result;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size()));
    const std::size_t padding = text.size() - (text.find_last_not_of('=') + 1);
    if (size < 0 || padding > 2) {
        return std::nullopt;
    }
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

wire::login_error malformed() {
    return wire::protocol_violation("malformed SCRAM message");
}

// Removes the next attribute, up to a comma or the end, and returns its value.
std::string_view take_attribute(std::string_view& rest, char name) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view attribute = rest.substr(0, end);
    if (attribute.size() < 2 || attribute[0] != name || attribute[1] != '=') {
        throw malformed();
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return attribute.substr(2);
}

bool is_nonce(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c > 0x20 && c < 0x7F && c != ',';
    });
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // with a NUL
    const int size =
        EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::string random_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    if (RAND_bytes(bytes_of(bytes), static_cast<int>(size)) != 1) {
        throw std::runtime_error("OpenSSL has no random numbers");
    }
    return bytes;
}

scram_verifier make_scram_verifier(std::string_view password, std::string salt, int iterations) {
    std::string salted(SHA256_DIGEST_LENGTH, '\0');
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(salt),
                          static_cast<int>(salt.size()), iterations, EVP_sha256(),
                          static_cast<int>(salted.size()), bytes_of(salted)) != 1) {
        throw std::runtime_error("OpenSSL cannot derive a key");
    }
    std::string client_key = hmac(salted, "Client Key");
    scram_verifier made{.salt = std::move(salt),
                        .iterations = iterations,
                        .stored_key = sha256(client_key),
                        .server_key = hmac(salted, "Server Key")};
    OPENSSL_cleanse(client_key.data(), client_key.size());
    OPENSSL_cleanse(salted.data(), salted.size());
    return made;
}

scram_exchange::scram_exchange(const scram_verifier& verifier, std::string server_nonce)
    : verifier_(verifier), nonce_(std::move(server_nonce)) {}

// gs2-header = ("n" / "y" / "p=" name) "," [authorization identity] ","; PostgreSQL ignores the
// user name of SCRAM, because the startup message has one.
std::string scram_exchange::challenge(std::string_view client_first) {
    const std::size_t comma = client_first.find(',');
    const std::size_t second =
        comma == std::string_view::npos ? comma : client_first.find(',', comma + 1);
    if (second == std::string_view::npos || comma != 1 || second != 2 ||
        (client_first[0] != 'n' && client_first[0] != 'y')) {
        throw malformed();
    }
    header_ = client_first.substr(0, second + 1);
    std::string_view rest = client_first.substr(second + 1);
    client_first_bare_ = rest;
    static_cast<void>(take_attribute(rest, 'n'));
    const std::string_view client_nonce = take_attribute(rest, 'r');
    if (!is_nonce(client_nonce)) {
        throw malformed();
    }
    nonce_.insert(0, client_nonce);
    server_first_ = "r=";
    server_first_.append(nonce_)
        .append(",s=")
        .append(encode_base64(verifier_.salt))
        .append(",i=")
        .append(std::to_string(verifier_.iterations));
    return server_first_;
}

std::optional<std::string> scram_exchange::verify(std::string_view client_final) const {
    const std::size_t proof_at = client_final.rfind(",p=");
    if (proof_at == std::string_view::npos) {
        throw malformed();
    }
    const std::string_view without_proof = client_final.substr(0, proof_at);
    std::string_view rest = client_final;
    const bool is_bound = take_attribute(rest, 'c') == encode_base64(header_);
    const bool is_ours = take_attribute(rest, 'r') == nonce_;
    const std::optional<std::string> proof = decode_base64(client_final.substr(proof_at + 3));
    if (!is_bound || !is_ours || !proof || proof->size() != SHA256_DIGEST_LENGTH) {
        throw malformed();
    }
    std::string text = client_first_bare_;
    text.append(",").append(server_first_).append(",").append(without_proof);
    const std::string signature = hmac(verifier_.stored_key, text);
    std::string client_key(proof->size(), '\0');
    for (std::size_t i = 0; i < client_key.size(); ++i) {
        client_key[i] = static_cast<char>((*proof)[i] ^ signature[i]);
    }
    const std::string stored_key = sha256(client_key);
    if (CRYPTO_memcmp(stored_key.data(), verifier_.stored_key.data(), stored_key.size()) != 0) {
        return std::nullopt;
    }
    return "v=" + encode_base64(hmac(verifier_.server_key, text));
}

}  // namespace dsql_cli::proxy
