// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/service_message.hpp"

#include "aws/json.hpp"
#include "aws/secret_json.hpp"
#include "config/text.hpp"

namespace dsql::detail {

namespace {

std::string without_secret(std::string text, std::string_view secret) {
    constexpr std::string_view redacted = "<redacted>";
    if (secret.empty()) {
        return text;
    }
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + redacted.size())) {
        text.replace(at, secret.size(), redacted);
    }
    return text;
}

std::string shown_member(const nlohmann::json& object, std::string_view name,
                         std::string_view secret) {
    constexpr std::size_t longest = 256;
    const std::string text = without_secret(text_member(object, name), secret);
    return text.empty() ? std::string() : in_quotes(text, longest);
}

}  // namespace

std::string service_message(std::string_view body, const message_members& members,
                            std::string_view secret) {
    const secret_json object(parse_json_object(body));
    const std::string code = shown_member(object.get(), members.code, secret);
    const std::string message = shown_member(object.get(), members.message, secret);
    return (code.empty() ? "" : ", code " + code) + (message.empty() ? "" : ", message " + message);
}

}  // namespace dsql::detail
