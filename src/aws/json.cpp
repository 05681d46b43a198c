// SPDX-License-Identifier: Apache-2.0
#include "aws/json.hpp"

#include "base/text.hpp"

namespace dsql::aws {

secret_json parse_json_object(std::string_view text) {
    secret_json parsed = secret_json::parse(text.begin(), text.end(), nullptr,
                                            /*allow_exceptions=*/false);
    if (!parsed.is_object()) {
        return secret_json(secret_json::value_t::discarded);
    }
    return parsed;
}

const secret_json* find_member(const secret_json& object, std::string_view name) {
    if (!object.is_object()) {
        return nullptr;
    }
    if (const auto exact = object.find(name); exact != object.end()) {
        return &*exact;
    }
    const std::string wanted = detail::lower(name);
    for (auto member = object.begin(); member != object.end(); ++member) {
        if (lower(member.key()) == wanted) {
            return &*member;
        }
    }
    return nullptr;
}

std::string_view text_member(const secret_json& object, std::string_view name) {
    const secret_json* const member = find_member(object, name);
    return member != nullptr && member->is_string()
               ? std::string_view(member->get_ref<const json_string&>())
               : std::string_view();
}

void set_text_member(secret_json& object, std::string_view name, std::string_view value) {
    const secret_json* const found = find_member(object, name);
    if (found == nullptr) {
        object[json_string(name)] = json_string(value);
        return;
    }
    for (secret_json& member : object) {
        if (&member == found) {
            member = json_string(value);
            return;
        }
    }
}

}  // namespace dsql::aws
