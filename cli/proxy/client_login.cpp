// SPDX-License-Identifier: Apache-2.0
#include "proxy/client_login.hpp"

#include "wire/startup_options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dsql_cli::proxy {

namespace {

constexpr std::string_view scram_sha_256 = "SCRAM-SHA-256";

bool is_request(std::string_view packet, wire::request_code code) {
    return wire::read_uint32(packet) == static_cast<std::uint32_t>(code);
}

// Reads a packet without a type, without its length field.
std::string read_startup_packet(const login_stream& stream) {
    constexpr std::uint32_t prefix_size = 4;
    constexpr std::uint32_t tls_handshake_3 = 0x1603;  // a record's type and major version
    const std::uint32_t size = wire::read_uint32(stream.read(prefix_size));
    if (size >> 16U == tls_handshake_3) {
        throw client_gone(
            "the client begins with TLS (sslnegotiation=direct), which the proxy does not have");
    }
    if (size < 2 * prefix_size || size > wire::max_startup_packet_size) {
        throw client_gone("the client does not speak PostgreSQL's protocol");
    }
    return stream.read(size - prefix_size);
}

cancel_key parse_cancel_request(std::string_view packet) {
    constexpr std::size_t size = 12;
    if (packet.size() != size) {
        throw client_gone("a malformed cancel request");
    }
    return {.process_id = wire::read_uint32(packet.substr(4)),
            .secret = wire::read_uint32(packet.substr(8))};
}

// PostgreSQL takes the settings in `options` before the others, and a dash in their names for an
// underscore.
void take_options(const std::string& text, client_startup& startup) {
    const auto settings = wire::split_options(text);
    if (!settings) {
        throw wire::login_error(
            {.sqlstate = "0A000",
             .message = "options may contain only settings, as in -c name=value"});
    }
    startup.settings.insert(startup.settings.begin(), settings->begin(), settings->end());
    for (std::size_t i = 0; i < settings->size(); ++i) {
        std::string& name = startup.settings[i].first;
        std::replace(name.begin(), name.end(), '-', '_');
    }
}

void take_parameter(const std::string& name, const std::string& value, client_startup& startup) {
    if (name == "user") {
        startup.user = value;
    } else if (name == "database") {
        startup.database = value;
    } else if (name == "options") {
        take_options(value, startup);
    } else if (name == "replication") {
        throw wire::login_error(
            {.sqlstate = "0A000", .message = "Aurora DSQL has no replication connections"});
    } else if (name.rfind("_pq_.", 0) != 0) {
        startup.settings.emplace_back(name, value);
    }
}

bool is_setting(std::string_view name, std::string_view known) {
    return name.size() == known.size() &&
           std::equal(name.begin(), name.end(), known.begin(), [](char a, char b) {
               return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b);
           });
}

// Settings that the library sends itself, or that say where a connection through PrivateLink goes.
void take_special_settings(client_startup& startup) {
    std::erase_if(startup.settings, [&startup](const auto& setting) {
        if (is_setting(setting.first, "application_name")) {
            startup.application_name = setting.second;
            return true;
        }
        if (is_setting(setting.first, "search_path")) {
            startup.search_path = setting.second;
            return true;
        }
        return is_setting(setting.first, "amzn_cluster_id") ||
               (is_setting(setting.first, "client_encoding") &&
                (is_setting(setting.second, "utf8") || is_setting(setting.second, "utf-8")));
    });
}

client_startup parse_startup(const login_stream& stream, std::string_view packet) {
    const wire::startup_message message = wire::parse_startup_message(packet);
    const std::vector<std::string> options = wire::protocol_options(message.parameters);
    if (message.protocol_version > wire::protocol_version_3_0 || !options.empty()) {
        stream.write(wire::encode_version_negotiation(options));
    }
    client_startup startup;
    for (const auto& [name, value] : message.parameters) {
        take_parameter(name, value, startup);
    }
    if (startup.user.empty()) {
        throw wire::login_error({.sqlstate = "28000",
                                 .message = "no PostgreSQL user name specified in startup packet"});
    }
    take_special_settings(startup);
    return startup;
}

std::string encode_authentication(std::uint32_t code, std::string_view data = {}) {
    std::string body;
    wire::append_uint32(body, code);
    return wire::encode_message('R', body.append(data));
}

constexpr std::uint32_t authentication_ok = 0;
constexpr std::uint32_t authentication_sasl = 10;
constexpr std::uint32_t authentication_sasl_continue = 11;
constexpr std::uint32_t authentication_sasl_final = 12;

std::string read_sasl_message(const login_stream& stream) {
    constexpr std::size_t header_size = 5;
    constexpr std::uint32_t largest = 4096;
    const std::string header = stream.read(header_size);
    const std::uint32_t size = wire::read_uint32(std::string_view(header).substr(1));
    if (header[0] != 'p' || size < 4 || size > largest) {
        throw wire::protocol_violation("expected a SASL response");
    }
    return stream.read(size - 4);
}

std::string read_first_sasl_message(const login_stream& stream) {
    const std::string body = read_sasl_message(stream);
    std::string_view rest = body;
    if (wire::take_c_string(rest) != scram_sha_256 || rest.size() < 4 ||
        wire::read_uint32(rest) != rest.size() - 4) {
        throw wire::protocol_violation("expected an initial response of SCRAM-SHA-256");
    }
    return std::string(rest.substr(4));
}

}  // namespace

client_request read_client_request(const login_stream& stream) {
    constexpr int most_requests = 3;  // TLS, GSS encryption, and the startup message
    for (int requests = 0; requests < most_requests; ++requests) {
        const std::string packet = read_startup_packet(stream);
        if (is_request(packet, wire::request_code::cancel)) {
            return parse_cancel_request(packet);
        }
        if (!is_request(packet, wire::request_code::ssl) &&
            !is_request(packet, wire::request_code::gss)) {
            return parse_startup(stream, packet);
        }
        stream.write("N");
    }
    throw client_gone("the client asks for encryption again and again");
}

void require_password(const login_stream& stream, const scram_verifier& verifier,
                      const std::string& user) {
    constexpr std::size_t nonce_size = 18;
    std::string mechanisms;
    wire::append_c_string(mechanisms, scram_sha_256);
    wire::append_c_string(mechanisms, "");
    stream.write(encode_authentication(authentication_sasl, mechanisms));
    scram_exchange exchange(verifier, encode_base64(random_bytes(nonce_size)));
    const std::string challenge = exchange.challenge(read_first_sasl_message(stream));
    stream.write(encode_authentication(authentication_sasl_continue, challenge));
    const std::optional<std::string> final = exchange.verify(read_sasl_message(stream));
    if (!final) {
        throw wire::login_error(
            {.sqlstate = "28P01",
             .message = "password authentication failed for user \"" + user + "\"",
             .hint = "Use the password that dsql proxy has shown, or written, at its start."});
    }
    stream.write(encode_authentication(authentication_sasl_final, *final));
}

void welcome_client(const login_stream& stream,
                    const std::vector<std::pair<std::string, std::string>>& settings,
                    const cancel_key& key) {
    std::string bytes = encode_authentication(authentication_ok);
    for (const auto& [name, value] : settings) {
        std::string body;
        wire::append_c_string(body, name);
        wire::append_c_string(body, value);
        bytes += wire::encode_message('S', body);
    }
    std::string body;
    wire::append_uint32(body, key.process_id);
    wire::append_uint32(body, key.secret);
    bytes += wire::encode_message('K', body);
    bytes += wire::encode_message('Z', "I");
    stream.write(bytes);
}

}  // namespace dsql_cli::proxy
