// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include <utility>

namespace dsql {

std::string_view to_string(connection_phase phase) noexcept {
    switch (phase) {
        case connection_phase::resolve:
            return "resolve";
        case connection_phase::tcp:
            return "tcp";
        case connection_phase::tls:
            return "tls";
        case connection_phase::auth:
            return "auth";
        case connection_phase::startup:
            return "startup";
        case connection_phase::established:
            return "established";
    }
    return "unknown";
}

connection_error::connection_error(connection_phase phase, const std::string& what,
                                   std::string server_message, std::string hint)
    : error(what),
      phase_(phase),
      server_message_(std::move(server_message)),
      hint_(std::move(hint)) {}

namespace {

std::string describe(const server_error_fields& fields) {
    std::string text = fields.severity + " " + fields.sqlstate + ": " + fields.message;
    if (!fields.detail.empty()) {
        text += " DETAIL: " + fields.detail;
    }
    if (!fields.hint.empty()) {
        text += " HINT: " + fields.hint;
    }
    return text;
}

}  // namespace

server_error::server_error(server_error_fields fields)
    : error(describe(fields)), fields_(std::move(fields)) {}

}  // namespace dsql
