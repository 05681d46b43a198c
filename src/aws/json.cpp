// SPDX-License-Identifier: Apache-2.0
#include "aws/json.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"

#include <utility>
#include <vector>

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

namespace {

// Cleanses all strings of a document. Uses a vector instead of recursion, because a hostile
// document may be nested so deeply that recursion would overflow the thread's stack.
void wipe_strings(nlohmann::json& document) {
    std::vector<nlohmann::json*> open{&document};
    while (!open.empty()) {
        nlohmann::json* const value = open.back();
        open.pop_back();
        if (value->is_string()) {
            cleanse(value->get_ref<std::string&>());
        } else if (value->is_structured()) {
            for (nlohmann::json& element : *value) {
                open.push_back(&element);
            }
        }
    }
}

}  // namespace

secret_json::secret_json(nlohmann::json document) noexcept : document_(std::move(document)) {}

secret_json::secret_json(secret_json&& other) noexcept : document_(std::move(other.document_)) {}

secret_json& secret_json::operator=(secret_json&& other) noexcept {
    std::swap(document_, other.document_);
    return *this;
}

secret_json::~secret_json() {
    wipe_strings(document_);
}

void set_text_member(nlohmann::json& object, std::string_view name, std::string value) {
    const nlohmann::json* const found = find_member(object, name);
    if (found == nullptr) {
        object[std::string(name)] = std::move(value);
        return;
    }
    for (nlohmann::json& member : object) {
        if (&member == found) {
            wipe_strings(member);
            member = std::move(value);
            return;
        }
    }
}

}  // namespace dsql::detail
