// SPDX-License-Identifier: Apache-2.0
#include "error_response.hpp"

#include "wire_format.hpp"

namespace dsql_local {
namespace {

void append_field(std::string& body, char type, const std::string& value) {
    if (!value.empty()) {
        body += type;
        append_c_string(body, value);
    }
}

}  // namespace

login_refused protocol_violation(const std::string& message) {
    return login_refused({.sqlstate = "08P01", .message = message});
}

std::string encode_error_response(const refusal& why) {
    std::string body;
    append_field(body, 'S', "FATAL");
    append_field(body, 'V', "FATAL");
    append_field(body, 'C', why.sqlstate);
    append_field(body, 'M', why.message);
    append_field(body, 'H', why.hint);
    body += '\0';
    return encode_message('E', body);
}

}  // namespace dsql_local
