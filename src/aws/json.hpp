// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::detail {

/// The texts of a `secret_json`. Short ones stand in the document's own memory.
using json_string = std::basic_string<char, std::char_traits<char>, cleansing_allocator<char>>;

/// A JSON document that may hold secrets: all its memory is overwritten before it is given back,
/// that of parsing and writing it included.
using secret_json = nlohmann::basic_json<std::map, std::vector, json_string, bool, std::int64_t,
                                         std::uint64_t, double, cleansing_allocator>;

/// Parses the text of a JSON object. Returns a discarded value (`is_discarded()`) for anything
/// else. Nothing of the text, which may hold secrets, gets into an exception.
[[nodiscard]] secret_json parse_json_object(std::string_view text);

/// The member of an object, its name in any case: the services and the programs that imitate them
/// differ in it. An exact match wins. Null when there is none.
[[nodiscard]] const secret_json* find_member(const secret_json& object, std::string_view name);

/// The text of a member that is a string; empty when it is missing or something else. Refers to
/// `object`.
[[nodiscard]] std::string_view text_member(const secret_json& object, std::string_view name);

/// Sets a member of an object to a text, under the name that the object has for it in any case,
/// else under `name`.
void set_text_member(secret_json& object, std::string_view name, std::string_view value);

}  // namespace dsql::detail
