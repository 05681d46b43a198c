// SPDX-License-Identifier: Apache-2.0
#include "wire/error_response.hpp"

#include "wire/wire_format.hpp"

namespace dsql_local {
namespace {

void append_field(std::string& body, char type, std::string_view value) {
    if (!value.empty()) {
        body += type;
        append_c_string(body, value);
    }
}

}  // namespace

login_refused protocol_violation(const std::string& message) {
    return login_refused({.sqlstate = "08P01", .message = message});
}

std::string encode_error_response(const refusal& why, std::string_view severity) {
    std::string body;
    append_field(body, 'S', severity);
    append_field(body, 'V', severity);
    append_field(body, 'C', why.sqlstate);
    append_field(body, 'M', why.message);
    append_field(body, 'D', why.detail);
    append_field(body, 'H', why.hint);
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

}  // namespace dsql_local
