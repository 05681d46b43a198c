// SPDX-License-Identifier: Apache-2.0
#include "wire/requests.hpp"

#include "wire/messages.hpp"

namespace wire {
namespace {

std::string encode_close(char kind, std::string_view name) {
    std::string body(1, kind);
    append_c_string(body, name);
    return encode_message('C', body);
}

}  // namespace

std::string quote_literal(std::string_view text) {
    std::string quoted = "'";
    for (const char byte : text) {
        quoted.append(byte == '\'' ? 2 : 1, byte);
    }
    return quoted + "'";
}

std::string encode_query(std::string_view sql) {
    std::string body;
    append_c_string(body, sql);
    return encode_message('Q', body);
}

std::string encode_parse(std::string_view name, std::string_view tail) {
    std::string body;
    append_c_string(body, name);
    return encode_message('P', body.append(tail));
}

std::string parse_tail(std::string_view sql) {
    std::string tail;
    append_c_string(tail, sql);
    return tail.append(2, '\0');
}

std::string encode_bind(std::string_view portal, std::string_view statement,
                        std::string_view tail) {
    std::string body;
    append_c_string(body, portal);
    append_c_string(body, statement);
    return encode_message('B', body.append(tail));
}

std::string encode_execute(std::string_view portal) {
    std::string body;
    append_c_string(body, portal);
    return encode_message('E', body.append(4, '\0'));
}

std::string encode_close_statement(std::string_view name) {
    return encode_close('S', name);
}

std::string encode_close_portal(std::string_view name) {
    return encode_close('P', name);
}

std::string encode_sync() {
    return encode_message('S', "");
}

}  // namespace wire
