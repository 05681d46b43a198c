// SPDX-License-Identifier: Apache-2.0
#include "login/token_verifier.hpp"

#include "login/sigv4.hpp"
#include "login/token_signer.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

namespace dsql_local {
namespace {

using token_error = std::optional<std::string>;

constexpr std::chrono::minutes allowed_clock_skew(5);
constexpr std::chrono::seconds max_lifetime(604'800);
constexpr std::array<std::string_view, 7> required_parameters = {
    "Action",        "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Date",
    "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"};

struct parsed_token {
    std::string host;
    query_parameters parameters;

    const std::string& at(std::string_view name) const { return *find(name); }

    const std::string* find(std::string_view name) const {
        const auto found = std::find_if(parameters.begin(), parameters.end(),
                                        [name](const auto& entry) { return entry.first == name; });
        return found == parameters.end() ? nullptr : &found->second;
    }
};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool add_parameter(std::string_view text, query_parameters& parameters) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        return false;
    }
    auto name = percent_decode(text.substr(0, equals));
    auto value = percent_decode(text.substr(equals + 1));
    if (!name || name->empty() || !value) {
        return false;
    }
    parameters.emplace_back(std::move(*name), std::move(*value));
    return true;
}

std::optional<query_parameters> parse_query(std::string_view query) {
    query_parameters parameters;
    while (true) {
        const std::size_t end = query.find('&');
        if (!add_parameter(query.substr(0, end), parameters)) {
            return std::nullopt;
        }
        if (end == std::string_view::npos) {
            return parameters;
        }
        query.remove_prefix(end + 1);
    }
}

token_error find_form_error(std::string_view text, parsed_token& token) {
    if (text.empty()) {
        return "The password is empty; an authentication token is expected.";
    }
    const std::size_t question_mark = text.find('?');
    std::string_view host = text.substr(0, question_mark);
    if (host.ends_with('/')) {  // the SDKs for Go and Kotlin omit the slash
        host.remove_suffix(1);
    }
    if (question_mark == std::string_view::npos || host.empty() ||
        host.find('/') != std::string_view::npos) {
        return "The password is not an authentication token. Accepted is what the AWS SDKs make: "
               "HOST/?PARAMETERS or HOST?PARAMETERS, without https://, the parameters in any "
               "order.";
    }
    auto parameters = parse_query(text.substr(question_mark + 1));
    if (!parameters) {
        return "The token's query is not percent-encoded name=value pairs.";
    }
    token = {lower_case(host), std::move(*parameters)};
    return std::nullopt;
}

token_error find_missing_parameter(const parsed_token& token) {
    for (const std::string_view name : required_parameters) {
        if (token.find(name) == nullptr) {
            return "The token has no " + std::string(name) + ".";
        }
    }
    return std::nullopt;
}

// The error does not contain the name, because the client may have put a secret there.
token_error find_duplicate_parameter(const parsed_token& token) {
    std::vector<std::string_view> names;
    for (const auto& entry : token.parameters) {
        names.emplace_back(entry.first);
    }
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
        return "The token holds a parameter more than once.";
    }
    return std::nullopt;
}

token_error find_algorithm_error(const parsed_token& token) {
    if (token.at("X-Amz-Algorithm") != "AWS4-HMAC-SHA256") {
        return "X-Amz-Algorithm must be AWS4-HMAC-SHA256.";
    }
    if (token.at("X-Amz-SignedHeaders") != "host") {
        return "X-Amz-SignedHeaders must be host.";
    }
    return std::nullopt;
}

token_error find_host_error(const parsed_token& token, std::string_view server_name) {
    if (token.host != lower_case(server_name)) {
        return "The token is for another host than the one connected to.";
    }
    return std::nullopt;
}

token_error find_credential_error(const parsed_token& token, const test_keys& keys) {
    const std::string& credential = token.at("X-Amz-Credential");
    const std::string prefix = keys.access_key_id + "/";
    if (credential.compare(0, prefix.size(), prefix) != 0) {
        return "The access key id is unknown.";
    }
    const std::string scope = credential_scope(token.at("X-Amz-Date"), keys.region);
    if (credential.substr(prefix.size()) != scope) {
        return "The credential scope must be " + scope + ".";
    }
    return std::nullopt;
}

token_error find_action_error(const parsed_token& token, std::string_view user) {
    const std::string& action = token.at("Action");
    if (action == token_action(user)) {
        return std::nullopt;
    }
    if (action != "DbConnect" && action != "DbConnectAdmin") {
        return "The token's Action is neither DbConnect nor DbConnectAdmin.";
    }
    return "Wrong user to action mapping. user: " + std::string(user) + ", action: " + action;
}

token_error find_session_token_error(const parsed_token& token, const test_keys& keys) {
    const std::string* given = token.find("X-Amz-Security-Token");
    if (!keys.session_token) {
        return given == nullptr ? token_error{}
                                : "The token holds a session token; none is expected.";
    }
    if (given == nullptr) {
        return "The token has no X-Amz-Security-Token.";
    }
    if (!equal_in_constant_time(*given, *keys.session_token)) {
        return "The session token is not the expected one.";
    }
    return std::nullopt;
}

std::optional<std::chrono::seconds> parse_lifetime(std::string_view text) {
    std::chrono::seconds::rep count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::chrono::seconds lifetime(count);
    if (error != std::errc{} || end != text.data() + text.size() ||
        lifetime < std::chrono::seconds(1)) {
        return std::nullopt;
    }
    return lifetime;
}

token_error find_time_error(const parsed_token& token, seconds_point now) {
    const auto signed_at = parse_amz_time(token.at("X-Amz-Date"));
    if (!signed_at) {
        return "X-Amz-Date must have the form yyyymmddThhmmssZ.";
    }
    const auto lifetime = parse_lifetime(token.at("X-Amz-Expires"));
    if (!lifetime) {
        return "X-Amz-Expires must be a whole number from 1 to 604800.";
    }
    if (*lifetime > max_lifetime) {
        return "X-Amz-Expires must be less than a week (in seconds)";
    }
    if (*signed_at > now + allowed_clock_skew) {
        return "Signature not yet current: it is dated " + format_amz_time(*signed_at) +
               ", and it is " + format_amz_time(now) + " now.";
    }
    const seconds_point end = *signed_at + *lifetime;
    if (now >= end) {
        return "Signature expired: " + format_amz_time(end) + " is not later than " +
               format_amz_time(now) + ".";
    }
    return std::nullopt;
}

token_error find_signature_error(const parsed_token& token, const test_keys& keys) {
    query_parameters signed_parameters = token.parameters;
    std::erase_if(signed_parameters,
                  [](const auto& entry) { return entry.first == "X-Amz-Signature"; });
    const std::string expected =
        token_signature({.secret_access_key = keys.secret_access_key,
                         .host = token.host,
                         .region = keys.region,
                         .amz_date = token.at("X-Amz-Date"),
                         .canonical_query = canonical_query(signed_parameters)});
    if (!equal_in_constant_time(token.at("X-Amz-Signature"), expected)) {
        return "The signature does not match.";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> find_token_error(const test_keys& keys, const login_attempt& attempt,
                                            seconds_point now) {
    parsed_token token;
    token_error found = find_form_error(attempt.token, token);
    // Each check relies on those before it: after the third, every required parameter exists once.
    found = found ? found : find_missing_parameter(token);
    found = found ? found : find_duplicate_parameter(token);
    found = found ? found : find_algorithm_error(token);
    found = found ? found : find_host_error(token, attempt.server_name);
    found = found ? found : find_time_error(token, now);
    found = found ? found : find_credential_error(token, keys);
    found = found ? found : find_session_token_error(token, keys);
    found = found ? found : find_action_error(token, attempt.user);
    found = found ? found : find_signature_error(token, keys);
    return found;
}

}  // namespace dsql_local
