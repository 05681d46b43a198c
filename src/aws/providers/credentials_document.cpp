// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/credentials_document.hpp"

#include <dsql/error.hpp>

#include "aws/json.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"

#include <optional>
#include <string>

namespace dsql::detail {

namespace {

// Returns the text of a member; null when the member is missing or is JSON's null. Throws
// `credentials_error` when it is not a string.
const std::string* find_text(const nlohmann::json& object, std::string_view name) {
    const nlohmann::json* const member = find_member(object, name);
    if (member == nullptr || member->is_null()) {
        return nullptr;
    }
    if (!member->is_string()) {
        throw credentials_error(std::string(name) + " is not a text");
    }
    return &member->get_ref<const std::string&>();
}

// Returns the text of a member; empty when it is missing, null or blank.
std::string usable_text(const nlohmann::json& object, std::string_view name) {
    const std::string* const text = find_text(object, name);
    return text == nullptr || trim(*text).empty() ? std::string() : *text;
}

std::string required_text(const nlohmann::json& object, std::string_view name) {
    std::string text = usable_text(object, name);
    if (text.empty()) {
        throw credentials_error(std::string(name) + " is missing or empty");
    }
    return text;
}

std::string session_token(const nlohmann::json& object, const document_rules& rules) {
    std::string token = usable_text(object, "Token");
    if (token.empty()) {
        token = usable_text(object, "SessionToken");
    }
    if (token.empty() && rules.token_is_required) {
        throw credentials_error("Token is missing or empty");
    }
    return token;
}

std::optional<std::chrono::system_clock::time_point> expiration(const nlohmann::json& object,
                                                                const document_rules& rules) {
    const std::string* const text = find_text(object, "Expiration");
    if (text == nullptr) {
        if (rules.expiration_is_required) {
            throw credentials_error("Expiration is missing");
        }
        return std::nullopt;
    }
    const auto moment = parse_utc_time(*text);
    if (!moment) {
        throw credentials_error("Expiration is not a moment such as 2026-01-02T03:04:05Z");
    }
    return moment;
}

}  // namespace

secret_json parse_secret_object(std::string_view text) {
    secret_json document(parse_json_object(text));
    if (document.get().is_discarded()) {
        throw credentials_error("not a JSON object");
    }
    return document;
}

credentials read_credentials_document(const secret_json& document, const document_rules& rules) {
    const nlohmann::json& object = document.get();
    return {.access_key_id = required_text(object, "AccessKeyId"),
            .secret_access_key = required_text(object, "SecretAccessKey"),
            .session_token = session_token(object, rules),
            .expiration = expiration(object, rules),
            .account_id = std::string(trim(text_member(object, "AccountId")))};
}

credentials parse_credentials_document(std::string_view text, const document_rules& rules) {
    return read_credentials_document(parse_secret_object(text), rules);
}

}  // namespace dsql::detail
