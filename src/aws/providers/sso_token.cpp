// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/sso_token.hpp"

#include "aws/hex_digest.hpp"
#include "aws/json.hpp"
#include "aws/providers/cache_file.hpp"
#include "aws/providers/source.hpp"
#include "aws/utc_time.hpp"
#include "aws/wipe.hpp"
#include "config/environment.hpp"

namespace dsql::detail {

sso_token::~sso_token() {
    for (std::string* text : {&access_token, &client_id, &client_secret, &refresh_token}) {
        wipe(*text);
    }
}

std::string sso_token_path(std::string_view name_or_url) {
    const std::string home = home_directory();
    if (home.empty()) {
        throw credentials_error(
            "HOME is not set, and the account has no home directory: ~/.aws/sso/cache cannot be "
            "found");
    }
    return home + "/.aws/sso/cache/" + sha1_hex(name_or_url) + ".json";
}

sso_token read_sso_token(const std::string& path, std::string_view remedy) {
    sso_token token;
    token.document = read_cache_file(path, remedy);
    const nlohmann::json& file = token.document.get();
    const auto expires_at = parse_utc_time(text_member(file, "expiresAt"));
    token.access_token = text_member(file, "accessToken");
    if (token.access_token.empty() || !expires_at) {
        const std::string member = token.access_token.empty() ? "accessToken" : "expiresAt";
        throw unrecoverable_credentials_error(path + ": " + member + " is missing or malformed; " +
                                              std::string(remedy));
    }
    token.expires_at = *expires_at;
    token.client_id = text_member(file, "clientId");
    token.client_secret = text_member(file, "clientSecret");
    token.refresh_token = text_member(file, "refreshToken");
    token.registration_expires_at = parse_utc_time(text_member(file, "registrationExpiresAt"));
    return token;
}

}  // namespace dsql::detail
