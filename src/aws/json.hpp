// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace dsql::detail {

/// Parses the text of a JSON object. Returns a discarded value (`is_discarded()`) for anything
/// else. Nothing of the text, which may hold secrets, gets into an exception.
[[nodiscard]] nlohmann::json parse_json_object(std::string_view text);

/// The member of an object, its name in any case: the services and the programs that imitate them
/// differ in it. An exact match wins. Null when there is none.
[[nodiscard]] const nlohmann::json* find_member(const nlohmann::json& object,
                                                std::string_view name);

/// The text of a member that is a string; empty when it is missing or something else.
[[nodiscard]] std::string text_member(const nlohmann::json& object, std::string_view name);

/// A JSON document with secrets in it: its strings are overwritten when it goes.
class secret_json {
public:
    explicit secret_json(nlohmann::json document) noexcept;
    secret_json(const secret_json&) = delete;
    secret_json& operator=(const secret_json&) = delete;
    secret_json(secret_json&& other) noexcept;
    secret_json& operator=(secret_json&& other) noexcept;
    ~secret_json();

    [[nodiscard]] const nlohmann::json& get() const noexcept { return document_; }
    [[nodiscard]] nlohmann::json& get() noexcept { return document_; }

private:
    nlohmann::json document_;
};

/// Sets a member of an object to a text, under the name that the object has for it in any case,
/// else under `name`. A text that was there is overwritten first.
void set_text_member(nlohmann::json& object, std::string_view name, std::string value);

}  // namespace dsql::detail
