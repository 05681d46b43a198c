// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/make_connect_error.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <libpq-fe.h>
#include <sys/socket.h>

#include <algorithm>
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

// Returns the text from `label` to `end`, or to the end of the text. Empty if there is no label.
std::string_view text_between(std::string_view text, std::string_view label, std::string_view end) {
    const std::size_t start = text.find(label);
    if (start == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = text.substr(start + label.size());
    return trim_end(rest.substr(0, rest.find(end)));
}

bool is_state_character(char c) noexcept {
    return detail::is_digit(c) || (c >= 'A' && c <= 'Z');
}

// Returns where the SQLSTATE begins, or npos. It is between the severity and the message:
// "FATAL:  08006: unable to accept connection".
std::size_t find_sqlstate(std::string_view text) noexcept {
    constexpr std::string_view before = ":  ";
    constexpr std::string_view after = ": ";
    for (std::size_t at = text.find(before); at != std::string_view::npos;
         at = text.find(before, at + 1)) {
        const std::string_view rest = text.substr(at + before.size());
        if (rest.size() > 5 && rest.substr(5).starts_with(after) &&
            std::all_of(rest.begin(), rest.begin() + 5, is_state_character)) {
            return at + before.size();
        }
    }
    return std::string_view::npos;
}

constexpr std::string_view location_label = "\nLOCATION:  ";

// Removes the place in the server's source code.
std::string_view without_location(std::string_view text) {
    return trim_end(text.substr(0, text.find(location_label)));
}

std::string without(std::string text, std::string_view secret) {
    for (std::size_t at = text.find(secret); !secret.empty() && at != std::string::npos;
         at = text.find(secret)) {
        text.replace(at, secret.size(), "<token redacted>");
    }
    return text;
}

// The server rejects a token, and nothing else, with these words; see docs/architecture.md.
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

std::error_code shortage_of_descriptors() noexcept {
    const detail::file_descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int why = errno;
    if (probe.is_open() || (why != EMFILE && why != ENFILE)) {
        return {};
    }
    return {why, std::system_category()};
}

server_refusal parse_refusal(std::string_view libpq_message) {
    server_refusal refusal;
    std::string_view said;
    if (const std::size_t at = find_sqlstate(libpq_message); at != std::string_view::npos) {
        refusal.sqlstate = libpq_message.substr(at, 5);
        said = libpq_message.substr(at + 7);
    } else {
        // A server with a protocol before version 3 sends only text, without fields.
        constexpr std::string_view severity = "FATAL:  ";
        const std::size_t start = libpq_message.find(severity);
        said = start == std::string_view::npos ? std::string_view()
                                               : libpq_message.substr(start + severity.size());
    }
    refusal.message = trim_end(said.substr(0, said.find('\n')));
    refusal.hint = text_between(said, "\nHINT:  ", location_label);
    return refusal;
}

connection_error connect_failure(const pg_conn* handle, connection_phase phase, const login& target,
                                 std::error_code code) {
    std::string text = without(std::string(without_location(PQerrorMessage(handle))),
                               std::string_view(target.password));
    server_refusal refusal = parse_refusal(text);
    if (!refusal.message.empty()) {
        code.clear();
    } else if (const std::error_code shortage = shortage_of_descriptors()) {
        code = shortage;
        text = "no file descriptor is left: " + code.message();
    }
    const connection_phase failed_in = refine(phase, refusal);
    return {failed_in, "connecting failed (" + std::string(to_string(failed_in)) + "): " + text,
            connection_cause{.server_message = std::move(refusal.message),
                             .hint = std::move(refusal.hint),
                             .sqlstate = std::move(refusal.sqlstate),
                             .code = code}};
}

connection_error unreachable(const pg_conn* handle, std::error_code code) {
    return {connection_phase::tcp,
            std::string("connecting failed (tcp): connection to server at \"") + PQhost(handle) +
                "\" (" + PQhostaddr(handle) + "), port " + PQport(handle) +
                " failed: " + code.message(),
            connection_cause{.code = code}};
}

}  // namespace dsql::pg
