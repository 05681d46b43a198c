// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace dsql::detail {

/// Parses the text of a JSON object. Returns a discarded value (`is_discarded()`) for any other
/// text. It throws no parse error, because such an error would quote the text, which may hold
/// secrets.
[[nodiscard]] nlohmann::json parse_json_object(std::string_view text);

/// Returns a member of an object, or null when there is none. The case of the name does not matter,
/// because the services and the programs that imitate them differ in it; an exact match takes
/// precedence.
[[nodiscard]] const nlohmann::json* find_member(const nlohmann::json& object,
                                                std::string_view name);

/// Returns the text of a member that is a string; empty when the member is missing or is not a
/// string.
/// @see find_member
[[nodiscard]] std::string text_member(const nlohmann::json& object, std::string_view name);

/// A JSON document that holds secrets. The destructor cleanses all its strings.
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

/// Sets a member of an object to a text. An existing member keeps the case of its name, and its old
/// text is cleansed first; otherwise a member called `name` is added.
/// @see find_member
void set_text_member(nlohmann::json& object, std::string_view name, std::string value);

}  // namespace dsql::detail
