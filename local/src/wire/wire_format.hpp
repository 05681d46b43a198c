// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dsql_local {

/// Appends `value` in network byte order.
void append_uint32(std::string& bytes, std::uint32_t value);

/// Reads a number in network byte order from the first four bytes, which must be there.
std::uint32_t read_uint32(std::string_view bytes);

/// Appends `text` and the NUL that ends it.
void append_c_string(std::string& bytes, std::string_view text);

/// Takes the text up to the next NUL, and that, from the front of `bytes`; all of them when there
/// is none.
std::string_view take_c_string(std::string_view& bytes);

/// A protocol 3 message: its type, its length, its body.
std::string encode_message(char type, std::string_view body);

}  // namespace dsql_local
