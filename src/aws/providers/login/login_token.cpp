// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/login_token.hpp"

#include "aws/json.hpp"
#include "aws/providers/login/cache_file.hpp"
#include "aws/providers/source.hpp"
#include "base/digest.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"

#include <algorithm>
#include <utility>

namespace dsql::aws {

namespace {

std::string cache_directory() {
    const std::string named = detail::environment_variable("AWS_LOGIN_CACHE_DIRECTORY");
    if (!detail::trim(named).empty()) {
        return detail::expand_home(named);
    }
    const std::string home = detail::home_directory();
    if (home.empty()) {
        throw credentials_error(
            "neither AWS_LOGIN_CACHE_DIRECTORY nor HOME is set, and the account has no home "
            "directory: the login's cache cannot be found");
    }
    return home + "/.aws/login/cache";
}

// Reads members and records the names of the missing ones.
struct member_reader {
    std::string missing{};

    std::string_view text(const secret_json* object, const char* name,
                          std::string_view prefix = {}) {
        const std::string_view value =
            object == nullptr ? std::string_view() : text_member(*object, name);
        if (value.empty()) {
            missing += (missing.empty() ? "" : ", ") + std::string(prefix) + name;
        }
        return value;
    }
};

bool is_plain(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [](char c) {
        return detail::is_lower(detail::lower(c)) || detail::is_digit(c) ||
               std::string_view("-_.:/@+").find(c) != std::string_view::npos;
    });
}

}  // namespace

std::string login_token_path(std::string_view session) {
    return cache_directory() + "/" + detail::sha256_hex(detail::trim(session)) + ".json";
}

login_token read_login_token(const std::string& path, std::string_view remedy) {
    login_token token;
    token.document = read_cache_file(path, remedy);
    const secret_json& file = token.document;
    const secret_json* const keys = find_member(file, "accessToken");
    constexpr std::string_view prefix = "accessToken.";
    member_reader members;
    token.access_key_id = members.text(keys, "accessKeyId", prefix);
    token.secret_access_key = members.text(keys, "secretAccessKey", prefix);
    token.session_token = members.text(keys, "sessionToken", prefix);
    token.account_id = members.text(keys, "accountId", prefix);
    const auto expires_at = detail::parse_utc_time(members.text(keys, "expiresAt", prefix));
    token.client_id = members.text(&file, "clientId");
    token.refresh_token = members.text(&file, "refreshToken");
    token.dpop_key = members.text(&file, "dpopKey");
    if (!members.missing.empty()) {
        throw unrecoverable_credentials_error(path + " lacks " + members.missing + "; " +
                                              std::string(remedy));
    }
    if (!expires_at) {
        throw unrecoverable_credentials_error(
            path + ": accessToken.expiresAt is not of the form 2026-01-02T03:04:05Z; " +
            std::string(remedy));
    }
    token.expires_at = *expires_at;
    return token;
}

std::string run_command(std::string_view command, std::string_view option, std::string_view value) {
    std::string text = "run `";
    text += command;
    if (!value.empty()) {
        text += ' ';
        text += option;
        text += ' ';
        text += is_plain(value) ? std::string(value) : detail::in_quotes(value);
    }
    text += '`';
    return text;
}

}  // namespace dsql::aws
