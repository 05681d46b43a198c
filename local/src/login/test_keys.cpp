// SPDX-License-Identifier: Apache-2.0
#include "login/test_keys.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace dsql_local {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file_size = 64UL * 1024;

struct partial_keys {
    std::optional<std::string> access_key_id;
    std::optional<std::string> secret_access_key;
    std::optional<std::string> session_token;

    std::optional<std::string>* find(std::string_view name) {
        if (name == "access_key_id") {
            return &access_key_id;
        }
        if (name == "secret_access_key") {
            return &secret_access_key;
        }
        return name == "session_token" ? &session_token : nullptr;
    }
};

// The message does not contain the line, which may be a misplaced secret.
[[noreturn]] void reject_line(int number, const std::string& problem) {
    throw keys_file_error("line " + std::to_string(number) + " " + problem);
}

void read_line(std::string_view line, int number, partial_keys& found) {
    const std::size_t equals = line.find('=');
    std::optional<std::string>* const target =
        equals == std::string_view::npos ? nullptr : found.find(line.substr(0, equals));
    if (target == nullptr) {
        reject_line(number, "is none of access_key_id=, secret_access_key= and session_token=");
    }
    const std::string name(line.substr(0, equals));
    if (target->has_value()) {
        reject_line(number, "gives " + name + " a second time");
    }
    const std::string_view value = line.substr(equals + 1);
    if (!is_key_text(value)) {
        reject_line(number, "must give " + name + " a value of printable ASCII without spaces");
    }
    target->emplace(value);
}

std::string require(const std::optional<std::string>& value, const std::string& name) {
    if (!value) {
        throw keys_file_error("there is no line " + name + "=");
    }
    return *value;
}

constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view base64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Returns `size` random characters of an alphabet whose size divides 256.
std::string random_text(std::size_t size, std::string_view alphabet) {
    std::string text(size, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(size)) != 1) {
        throw std::runtime_error("OpenSSL cannot get random bytes");
    }
    for (char& c : text) {
        c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
    }
    return text;
}

}  // namespace

// AWS's ids have 20 characters, of which the first four tell what kind of keys they are, and its
// secrets have 40. 24 random characters of the secret are 144 bits.
test_keys random_keys(const std::string& region) {
    return {.access_key_id = "AKIADSQLLOCAL" + random_text(7, base32),
            .secret_access_key = "dsql-local+test/" + random_text(24, base64),
            .session_token = "dsql-local+test/" + random_text(40, base64) + "==",
            .region = region};
}

bool is_key_text(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

test_keys parse_keys(std::string_view text, const std::string& region) {
    partial_keys found;
    for (int number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        if (!line.empty()) {
            read_line(line, number, found);
        }
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return {.access_key_id = require(found.access_key_id, "access_key_id"),
            .secret_access_key = require(found.secret_access_key, "secret_access_key"),
            .session_token = std::move(found.session_token),
            .region = region};
}

std::string read_keys_text(const fs::path& file) {
    std::error_code error;
    // A pipe could be read only once, and logins would block until someone writes to it.
    if (!fs::is_regular_file(file, error)) {
        throw keys_file_error(error ? error.message() : "it is not a regular file");
    }
    std::ifstream input(file, std::ios::binary);
    if (!input) {
        throw keys_file_error(std::generic_category().message(errno));
    }
    std::string text(max_file_size + 1, '\0');
    input.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(input.gcount()));
    if (text.size() > max_file_size) {
        throw keys_file_error("it is longer than 64 KiB");
    }
    return text;
}

}  // namespace dsql_local
