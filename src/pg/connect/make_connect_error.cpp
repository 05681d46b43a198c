// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/make_connect_error.hpp"

#include "base/platform.hpp"
#include "base/secret_fingerprint.hpp"
#include "base/sent_secrets.hpp"
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

// Returns the text after the severity ("FATAL", in any language) and its ":  ", or nothing. The
// severity is one word, at the beginning of the text or after "failed: ". What a certificate or a
// host is called may look the same, but is in quotes.
std::string_view after_severity(std::string_view text) noexcept {
    constexpr std::string_view end_of_severity = ":  ";
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t end = line.find(end_of_severity);
    if (end == std::string_view::npos) {
        return {};
    }
    const std::size_t space = line.substr(0, end).rfind(' ');
    const std::string_view before =
        trim_end(line.substr(0, space == std::string_view::npos ? 0 : space));
    const bool is_quoted = std::count(before.begin(), before.end(), '"') % 2 != 0;
    const bool is_severity = (before.empty() || before.ends_with(':')) && !is_quoted;
    return is_severity ? text.substr(end + end_of_severity.size()) : std::string_view();
}

bool begins_with_sqlstate(std::string_view text) noexcept {
    return text.size() > 5 && text.substr(5).starts_with(": ") &&
           std::all_of(text.begin(), text.begin() + 5, is_state_character);
}

constexpr std::string_view location_label = "\nLOCATION:  ";

// Removes the place in the server's source code.
std::string_view without_location(std::string_view text) {
    return trim_end(text.substr(0, text.find(location_label)));
}

// The server may quote the token, or a part of it, in any form.
std::string without_token(std::string_view text, std::string_view token) {
    return detail::secret_fingerprint::precise(detail::secret_parts(token))
        .redact(text, detail::redacted_token);
}

// Returns libpq's words about where it connected to, which are the beginning of its errors.
std::string failed_connection_to(const pg_conn* handle) {
    return std::string("connection to server at \"") + PQhost(handle) + "\" (" +
           PQhostaddr(handle) + "), port " + PQport(handle) + " failed: ";
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
    const detail::file_descriptor probe = detail::make_socket(AF_UNIX, SOCK_STREAM, 0);
    const int why = errno;
    if (probe.is_open() || (why != EMFILE && why != ENFILE)) {
        return {};
    }
    return {why, std::system_category()};
}

bool says_memory_is_short(std::string_view libpq_message) noexcept {
    const std::string_view text = trim_end(libpq_message);
    return text.ends_with("out of memory") || text.ends_with("malloc failure");
}

server_refusal parse_refusal(std::string_view libpq_message) {
    server_refusal refusal;
    // A server with a protocol before version 3 sends only text, without a SQLSTATE.
    std::string_view said = after_severity(libpq_message);
    if (begins_with_sqlstate(said)) {
        refusal.sqlstate = said.substr(0, 5);
        said.remove_prefix(7);
    }
    refusal.message = trim_end(said.substr(0, said.find('\n')));
    refusal.hint = text_between(said, "\nHINT:  ", location_label);
    return refusal;
}

connection_error connect_failure(const pg_conn* handle, connection_phase phase, const login& target,
                                 std::error_code code) {
    // A peer may have written parts of it.
    std::string text = detail::foreign_text(
        without_token(without_location(PQerrorMessage(handle)), target.password), "\n\t");
    server_refusal refusal = phase == connection_phase::auth || phase == connection_phase::startup
                                 ? parse_refusal(text)
                                 : server_refusal();
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

connection_error untrusted_server(const pg_conn* handle, connection_phase phase,
                                  const server_fault& fault) {
    return {phase,
            "connecting failed (" + std::string(to_string(phase)) +
                "): " + failed_connection_to(handle) + fault.text,
            connection_cause{.distrust = fault.reason}};
}

connection_error unreachable(const pg_conn* handle, std::error_code code) {
    return {connection_phase::tcp,
            "connecting failed (tcp): " + failed_connection_to(handle) + code.message(),
            connection_cause{.code = code}};
}

}  // namespace dsql::pg
