// SPDX-License-Identifier: Apache-2.0
#include "wire/messages.hpp"

namespace wire {

void append_uint32(std::string& bytes, std::uint32_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        bytes += static_cast<char>((value >> shift) & 0xFFU);
    }
}

std::uint32_t read_uint32(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char c : bytes.substr(0, 4)) {
        value = (value << 8U) | static_cast<unsigned char>(c);
    }
    return value;
}

void append_c_string(std::string& bytes, std::string_view text) {
    bytes += text;
    bytes += '\0';
}

std::string_view take_c_string(std::string_view& bytes) {
    const std::string_view text = bytes.substr(0, bytes.find('\0'));
    bytes.remove_prefix(text.size() == bytes.size() ? text.size() : text.size() + 1);
    return text;
}

std::string encode_message(char type, std::string_view body) {
    std::string message(1, type);
    append_uint32(message, static_cast<std::uint32_t>(body.size() + 4));
    message += body;
    return message;
}

namespace {

void append_field(std::string& body, char type, std::string_view value) {
    if (!value.empty()) {
        body += type;
        append_c_string(body, value);
    }
}

// PostgreSQL reports every malformed packet in this way.
std::string take_text(std::string_view& rest) {
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) {
        throw protocol_violation("invalid startup packet layout: expected terminator as last byte");
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

login_error protocol_violation(const std::string& message) {
    return login_error({.sqlstate = "08P01", .message = message});
}

std::string encode_error_response(const error_response& response, std::string_view severity) {
    std::string body;
    append_field(body, 'S', severity);
    append_field(body, 'V', severity);
    append_field(body, 'C', response.sqlstate);
    append_field(body, 'M', response.message);
    append_field(body, 'D', response.detail);
    append_field(body, 'H', response.hint);
    body += '\0';
    return encode_message('E', body);
}

std::string_view find_error_field(std::string_view body, char type) {
    while (!body.empty() && body.front() != '\0') {
        const char name = body.front();
        body.remove_prefix(1);
        const std::string_view value = take_c_string(body);
        if (name == type) {
            return value;
        }
    }
    return {};
}

startup_message parse_startup_message(std::string_view packet) {
    if (packet.size() < 4) {
        throw protocol_violation("invalid length of startup packet");
    }
    const std::uint32_t version = read_uint32(packet);
    if (version >> 16U != 3) {
        throw login_error(
            {.sqlstate = "0A000",
             .message = "unsupported frontend protocol " + std::to_string(version >> 16U) + "." +
                        std::to_string(version & 0xFFFFU) + ": server supports 3.0 to 3.0"});
    }
    return {version, parse_parameters(packet.substr(4))};
}

std::vector<std::string> protocol_options(const startup_parameters& parameters) {
    std::vector<std::string> options;
    for (const auto& [name, value] : parameters) {
        if (name.rfind("_pq_.", 0) == 0) {
            options.push_back(name);
        }
    }
    return options;
}

std::string encode_version_negotiation(const std::vector<std::string>& options) {
    std::string body;
    append_uint32(body, protocol_version_3_0);
    append_uint32(body, static_cast<std::uint32_t>(options.size()));
    for (const std::string& option : options) {
        append_c_string(body, option);
    }
    return encode_message('v', body);
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

}  // namespace wire
