// SPDX-License-Identifier: Apache-2.0
#include "aws/secret_json.hpp"

#include "aws/json.hpp"
#include "aws/wipe.hpp"

#include <utility>
#include <vector>

namespace dsql::detail {

namespace {

// With a stack of its own: a hostile document may be nested deeper than the thread's reaches.
void wipe_strings(nlohmann::json& document) {
    std::vector<nlohmann::json*> open{&document};
    while (!open.empty()) {
        nlohmann::json* const value = open.back();
        open.pop_back();
        if (value->is_string()) {
            wipe(value->get_ref<std::string&>());
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
