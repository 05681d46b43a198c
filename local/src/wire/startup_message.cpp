// SPDX-License-Identifier: Apache-2.0
#include "wire/startup_message.hpp"

#include "wire/error_response.hpp"
#include "wire/wire_format.hpp"

namespace dsql_local {
namespace {

std::string take_text(std::string_view& rest) {
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) {
        throw protocol_violation("invalid startup packet layout: unterminated string");
    }
    std::string text(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    return text;
}

startup_parameters parse_parameters(std::string_view rest) {
    startup_parameters parameters;
    for (std::string name = take_text(rest); !name.empty(); name = take_text(rest)) {
        std::string value = take_text(rest);
        parameters.emplace_back(std::move(name), std::move(value));
    }
    if (!rest.empty()) {
        throw protocol_violation("invalid startup packet layout: expected terminator as last byte");
    }
    return parameters;
}

}  // namespace

startup_message parse_startup_message(std::string_view packet) {
    if (packet.size() < 4) {
        throw protocol_violation("invalid length of startup packet");
    }
    const std::uint32_t version = read_uint32(packet);
    if (version >> 16U != 3) {
        throw login_refused({.sqlstate = "0A000",
                             .message = "unsupported frontend protocol " +
                                        std::to_string(version >> 16U) + "." +
                                        std::to_string(version & 0xFFFFU)});
    }
    return {version, parse_parameters(packet.substr(4))};
}

std::string encode_startup_message(const startup_message& message) {
    std::string body;
    append_uint32(body, message.protocol_version);
    for (const auto& [name, value] : message.parameters) {
        append_c_string(body, name);
        append_c_string(body, value);
    }
    body += '\0';
    std::string packet;
    append_uint32(packet, static_cast<std::uint32_t>(body.size() + 4));
    return packet + body;
}

}  // namespace dsql_local
