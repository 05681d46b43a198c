// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/credentials_document.hpp"

#include <dsql/error.hpp>

#include "aws/json.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"

#include <optional>
#include <string>

namespace dsql::aws {

namespace {

// Returns the text of a member; nothing when the member is missing or is JSON's null. Throws
// `credentials_error` when it is not a string.
std::optional<std::string_view> find_text(const secret_json& object, std::string_view name) {
    const secret_json* const member = find_member(object, name);
    if (member == nullptr || member->is_null()) {
        return std::nullopt;
    }
    if (!member->is_string()) {
        throw credentials_error(std::string(name) + " is not a text");
    }
    return member->get_ref<const json_string&>();
}

// Returns the text of a member; empty when it is missing, null or blank.
std::string_view usable_text(const secret_json& object, std::string_view name) {
    const std::string_view text = find_text(object, name).value_or(std::string_view());
    return detail::trim(text).empty() ? std::string_view() : text;
}

std::string_view required_text(const secret_json& object, std::string_view name) {
    const std::string_view text = usable_text(object, name);
    if (text.empty()) {
        throw credentials_error(std::string(name) + " is missing or empty");
    }
    return text;
}

std::string_view session_token(const secret_json& object, const document_rules& rules) {
    std::string_view token = usable_text(object, "Token");
    if (token.empty()) {
        token = usable_text(object, "SessionToken");
    }
    if (token.empty() && rules.token_is_required) {
        throw credentials_error("Token is missing or empty");
    }
    return token;
}

std::optional<std::chrono::system_clock::time_point> expiration(const secret_json& object,
                                                                const document_rules& rules) {
    const std::optional<std::string_view> text = find_text(object, "Expiration");
    if (!text) {
        if (rules.expiration_is_required) {
            throw credentials_error("Expiration is missing");
        }
        return std::nullopt;
    }
    const auto moment = detail::parse_utc_time(*text);
    if (!moment) {
        throw credentials_error("Expiration is not a moment such as 2026-01-02T03:04:05Z");
    }
    return moment;
}

}  // namespace

secret_json parse_secret_object(std::string_view text) {
    secret_json document = parse_json_object(text);
    if (document.is_discarded()) {
        throw credentials_error("not a JSON object");
    }
    return document;
}

credentials read_credentials_document(const secret_json& object, const document_rules& rules) {
    return {.access_key_id = std::string(required_text(object, "AccessKeyId")),
            .secret_access_key = required_text(object, "SecretAccessKey"),
            .session_token = session_token(object, rules),
            .expiration = expiration(object, rules),
            .account_id = std::string(detail::trim(text_member(object, "AccountId")))};
}

credentials parse_credentials_document(std::string_view text, const document_rules& rules) {
    return read_credentials_document(parse_secret_object(text), rules);
}

}  // namespace dsql::aws
