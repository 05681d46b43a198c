// SPDX-License-Identifier: Apache-2.0
#include "login/token_signer.hpp"

#include "login/sigv4.hpp"

namespace dsql_local {

std::string_view token_action(std::string_view user) {
    return user == "admin" ? "DbConnectAdmin" : "DbConnect";
}

std::string sign_token(const test_keys& keys, std::string_view host, std::string_view user,
                       seconds_point now, std::chrono::seconds lifetime) {
    const std::string amz_date = format_amz_time(now);
    query_parameters parameters{
        {"Action", std::string(token_action(user))},
        {"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
        {"X-Amz-Credential", keys.access_key_id + "/" + credential_scope(amz_date, keys.region)},
        {"X-Amz-Date", amz_date},
        {"X-Amz-Expires", std::to_string(lifetime.count())},
        {"X-Amz-SignedHeaders", "host"},
    };
    if (keys.session_token) {
        parameters.emplace_back("X-Amz-Security-Token", *keys.session_token);
    }
    const std::string query = canonical_query(parameters);
    const std::string signature = token_signature({.secret_access_key = keys.secret_access_key,
                                                   .host = host,
                                                   .region = keys.region,
                                                   .amz_date = amz_date,
                                                   .canonical_query = query});
    return std::string(host) + "/?" + query + "&X-Amz-Signature=" + signature;
}

}  // namespace dsql_local
