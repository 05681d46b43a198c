// SPDX-License-Identifier: Apache-2.0
#include "login/test_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
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

// Values may contain only characters that are valid in HTTP headers, tokens and environment
// variables.
bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

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
    if (value.empty() || !is_printable(value)) {
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

}  // namespace

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

test_keys read_keys_file(const fs::path& file, const std::string& region) {
    try {
        return parse_keys(read_keys_text(file), region);
    } catch (const keys_file_error& error) {
        throw keys_file_error("keys file " + file.string() + ": " + error.what());
    }
}

}  // namespace dsql_local
