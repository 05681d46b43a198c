// SPDX-License-Identifier: Apache-2.0
#include "aws/json.hpp"

#include "config/text.hpp"

namespace dsql::detail {

nlohmann::json parse_json_object(std::string_view text) {
    nlohmann::json parsed = nlohmann::json::parse(text.begin(), text.end(), nullptr,
                                                  /*allow_exceptions=*/false);
    if (!parsed.is_object()) {
        return nlohmann::json(nlohmann::json::value_t::discarded);
    }
    return parsed;
}

const nlohmann::json* find_member(const nlohmann::json& object, std::string_view name) {
    if (!object.is_object()) {
        return nullptr;
    }
    if (const auto exact = object.find(name); exact != object.end()) {
        return &*exact;
    }
    const std::string wanted = lower(name);
    for (auto member = object.begin(); member != object.end(); ++member) {
        if (lower(member.key()) == wanted) {
            return &*member;
        }
    }
    return nullptr;
}

std::string text_member(const nlohmann::json& object, std::string_view name) {
    const nlohmann::json* const member = find_member(object, name);
    return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

}  // namespace dsql::detail
