// SPDX-License-Identifier: Apache-2.0
#include "conversations/step.hpp"

#include "wire/messages.hpp"

namespace dsql_local_test {
namespace {

constexpr std::size_t longest_text = 100;

std::string quote(const std::string& text) {
    return '"' + (text.size() <= longest_text ? text : text.substr(0, longest_text) + "...") +
           "\" (" + std::to_string(text.size()) + " bytes)";
}

void append_uint16(std::string& body, std::size_t value) {
    body += static_cast<char>((value >> 8U) & 0xFFU);
    body += static_cast<char>(value & 0xFFU);
}

step one_message(char type, const std::string& body, std::string text) {
    return {.text = std::move(text), .bytes = wire::encode_message(type, body)};
}

}  // namespace

step query(const std::string& sql) {
    return one_message('Q', sql + '\0', "Query " + quote(sql));
}

step parse(const std::string& name, const std::string& sql,
           const std::vector<std::uint32_t>& types) {
    std::string body = name + '\0' + sql + '\0';
    append_uint16(body, types.size());
    for (const std::uint32_t type : types) {
        wire::append_uint32(body, type);
    }
    return one_message('P', body, "Parse '" + name + "' " + quote(sql));
}

step bind(const std::string& portal, const std::string& statement,
          const std::vector<bound_parameter>& parameters,
          const std::vector<std::uint16_t>& result_formats) {
    std::string body = portal + '\0' + statement + '\0';
    std::string text = "Bind portal '" + portal + "' to '" + statement + "'";
    append_uint16(body, parameters.size());
    for (const bound_parameter& parameter : parameters) {
        append_uint16(body, parameter.format);
    }
    append_uint16(body, parameters.size());
    for (const bound_parameter& parameter : parameters) {
        wire::append_uint32(body, parameter.value
                                      ? static_cast<std::uint32_t>(parameter.value->size())
                                      : UINT32_MAX);
        body += parameter.value.value_or("");
        text += parameter.value
                    ? (parameter.format == 0 ? " text " : " binary ") + quote(*parameter.value)
                    : " NULL";
    }
    append_uint16(body, result_formats.size());
    for (const std::uint16_t format : result_formats) {
        append_uint16(body, format);
        text += " -> " + std::to_string(format);
    }
    return one_message('B', body, text);
}

step describe(char kind, const std::string& name) {
    return one_message('D', kind + name + '\0',
                       std::string("Describe ") + kind + " '" + name + "'");
}

step execute(const std::string& portal, std::uint32_t max_rows) {
    std::string body = portal + '\0';
    wire::append_uint32(body, max_rows);
    return one_message('E', body, "Execute '" + portal + "', rows " + std::to_string(max_rows));
}

step close(char kind, const std::string& name) {
    return one_message('C', kind + name + '\0', std::string("Close ") + kind + " '" + name + "'");
}

step sync() {
    return one_message('S', "", "Sync");
}

step flush() {
    return one_message('H', "", "Flush");
}

step copy_data(const std::string& data) {
    return one_message('d', data, "CopyData " + quote(data));
}

step copy_done() {
    return one_message('c', "", "CopyDone");
}

step copy_fail(const std::string& reason) {
    return one_message('f', reason + '\0', "CopyFail " + quote(reason));
}

step finish() {
    return {.text = "CopyFail, Sync, empty Query",
            .bytes = copy_fail("no more data").bytes + sync().bytes + query("").bytes,
            .then = afterwards::read_until_idle};
}

}  // namespace dsql_local_test
