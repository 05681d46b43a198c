// SPDX-License-Identifier: Apache-2.0
#include "table_name.hpp"

#include <cstddef>
#include <string_view>

namespace dsql_cli {

namespace {

bool is_plain_identifier(std::string_view text) {
    constexpr const char* letters = "abcdefghijklmnopqrstuvwxyz_";
    constexpr const char* others = "abcdefghijklmnopqrstuvwxyz_0123456789";
    return !text.empty() && text.substr(0, 1).find_first_of(letters) == 0 &&
           text.find_first_not_of(others) == std::string_view::npos;
}

}  // namespace

std::string check_table_name(const std::string& text) {
    const std::size_t dot = text.find('.');
    const bool good = dot == std::string::npos ? is_plain_identifier(text)
                                               : is_plain_identifier(text.substr(0, dot)) &&
                                                     is_plain_identifier(text.substr(dot + 1));
    return good ? std::string()
                : "expected a table's name, or schema.name, of lower-case letters, digits and _, "
                  "not \"" +
                      text + "\"";
}

}  // namespace dsql_cli
