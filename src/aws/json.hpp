// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::aws {

/// The texts of a `secret_json`. Short ones are stored in the document's own memory.
using json_string =
    std::basic_string<char, std::char_traits<char>, detail::cleansing_allocator<char>>;

/// A JSON document that may hold secrets. All its memory is overwritten before it is freed,
/// including the memory that parsing and writing use.
using secret_json = nlohmann::basic_json<std::map, std::vector, json_string, bool, std::int64_t,
                                         std::uint64_t, double, detail::cleansing_allocator>;

/// Parses the text of a JSON object. Returns a discarded value (`is_discarded()`) for any other
/// text. It throws no parse error, because such an error would quote the text, which may hold
/// secrets.
[[nodiscard]] secret_json parse_json_object(std::string_view text);

/// Returns a member of an object, or null when there is none. The case of the name does not matter,
/// because the services and the programs that imitate them differ in it; an exact match takes
/// precedence.
[[nodiscard]] const secret_json* find_member(const secret_json& object, std::string_view name);

/// Returns the text of a member that is a string; empty when the member is missing or is not a
/// string. The result refers to `object`.
/// @see find_member
[[nodiscard]] std::string_view text_member(const secret_json& object, std::string_view name);

/// Sets a member of an object to a text. An existing member keeps the case of its name; otherwise a
/// member called `name` is added.
/// @see find_member
void set_text_member(secret_json& object, std::string_view name, std::string_view value);

}  // namespace dsql::aws
