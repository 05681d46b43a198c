// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_local {

/// The codes a client may open with instead of a protocol version.
enum class request_code : std::uint32_t {
    cancel = 80877102,
    ssl = 80877103,
    gss = 80877104,
};

/// PostgreSQL takes 10,000 bytes; the rest is room for the parameters the endpoint adds.
constexpr std::uint32_t longest_startup_packet = 9'000;

/// Parameter names and values in the order they came.
using startup_parameters = std::vector<std::pair<std::string, std::string>>;

struct startup_message {
    std::uint32_t protocol_version = 0;
    startup_parameters parameters = {};
};

/// Reads a StartupMessage from what follows its length field.
/// Throws login_refused: 08P01 when it is malformed, 0A000 when it is not protocol version 3.
startup_message parse_startup_message(std::string_view packet);

/// The bytes of a StartupMessage, its length included.
std::string encode_startup_message(const startup_message& message);

}  // namespace dsql_local
