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

}  // namespace dsql::detail
