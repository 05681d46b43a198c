// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/connect_error.hpp"

#include "base/file.hpp"

#include <libpq-fe.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace dsql::pg {

namespace {

std::string_view trim_end(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    return text;
}

// What stands between `label` and the next line, or the end for the last label.
std::string_view behind(std::string_view text, std::string_view label, bool to_end) {
    const std::size_t start = text.find(label);
    if (start == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = text.substr(start + label.size());
    return trim_end(to_end ? rest : rest.substr(0, rest.find('\n')));
}

std::string without(std::string text, std::string_view secret) {
    for (std::size_t at = text.find(secret); !secret.empty() && at != std::string::npos;
         at = text.find(secret)) {
        text.replace(at, secret.size(), "<token redacted>");
    }
    return text;
}

// The server refuses a token, and only a token, in these words; see docs/architecture.md.
bool is_about_token(std::string_view server_message) {
    return server_message.find("access denied") != std::string_view::npos ||
           server_message.find("IAM authentication failed") != std::string_view::npos;
}

connection_phase refine(connection_phase phase, const server_refusal& refusal) {
    if (refusal.message.empty()) {
        return phase;
    }
    return is_about_token(refusal.message) ? connection_phase::auth : connection_phase::startup;
}

}  // namespace

std::string shortage_of_descriptors() {
    const detail::file_descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int why = errno;
    if (probe.is_open() || (why != EMFILE && why != ENFILE)) {
        return {};
    }
    return std::string("no file descriptor is left: Too many open files") +
           (why == ENFILE ? " in system" : "");
}

server_refusal parse_refusal(std::string_view libpq_message) {
    std::string_view message = behind(libpq_message, "FATAL:  ", false);
    if (message.empty()) {
        message = behind(libpq_message, "ERROR:  ", false);
    }
    return {.message = std::string(message),
            .hint = std::string(behind(libpq_message, "\nHINT:  ", true))};
}

connection_error connect_failure(const pg_conn* handle, connection_phase phase,
                                 const login& target) {
    std::string text = without(std::string(trim_end(PQerrorMessage(handle))), target.password);
    server_refusal refusal = parse_refusal(text);
    if (refusal.message.empty()) {
        const std::string shortage = shortage_of_descriptors();
        if (!shortage.empty()) {
            text = shortage;
        }
    }
    const connection_phase failed_in = refine(phase, refusal);
    return {failed_in, "connecting failed (" + std::string(to_string(failed_in)) + "): " + text,
            std::move(refusal.message), std::move(refusal.hint)};
}

}  // namespace dsql::pg
