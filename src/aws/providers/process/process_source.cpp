// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/process/process_source.hpp"

#include "aws/json.hpp"
#include "aws/providers/credentials_document.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"

#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>

namespace dsql::aws {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Returns the standard error with secrets redacted. When its beginning was cut off, the first word
// is removed, because it may be part of a secret.
std::string redacted_errors(const detail::child_result& result) {
    if (!result.errors_are_cut) {
        return detail::redact(result.errors);
    }
    std::string_view text = result.errors;
    while (!text.empty() && !detail::is_space(text.front())) {
        text.remove_prefix(1);
    }
    return "<redacted>" + detail::redact(text);
}

// Returns the text on one line: each run of white space becomes one space.
std::string on_one_line(std::string_view text) {
    std::string out;
    for (const char c : detail::trim(text)) {
        if (!detail::is_space(c)) {
            out += c;
        } else if (!out.ends_with(' ')) {
            out += ' ';
        }
    }
    return out;
}

// Returns `; its standard error: "..."` with the end of the text, because programs write the reason
// last.
std::string shown_errors(const detail::child_result& result) {
    constexpr std::size_t longest = 512;
    std::string text = on_one_line(redacted_errors(result));
    if (text.empty()) {
        return "; it wrote nothing to its standard error";
    }
    if (text.size() > longest) {
        std::size_t start = text.size() - longest;
        while (start < text.size() && (static_cast<unsigned char>(text[start]) & 0xc0U) == 0x80) {
            ++start;  // does not begin in the middle of a UTF-8 character
        }
        text = "..." + text.substr(start);
    }
    return "; its standard error: " + detail::in_quotes(text, longest + 3);
}

std::string exit_status(int status) {
    std::string text = "credential_process ended with status " + std::to_string(status);
    if (status == 126 || status == 127) {  // POSIX, "Exit Status for Commands"
        text += status == 127 ? " (command not found)" : " (command cannot be executed)";
    }
    return text;
}

std::string in_seconds(std::chrono::milliseconds time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return seconds == time ? std::to_string(seconds.count()) + " s"
                           : std::to_string(time.count()) + " ms";
}

// Returns how the command failed; empty when it did not fail.
std::string failure_of(const detail::child_result& result, std::chrono::milliseconds limit) {
    switch (result.end) {
        case detail::child_end::exited:
            return result.code == 0 ? std::string() : exit_status(result.code);
        case detail::child_end::unknown:
            return {};  // its output decides whether it succeeded
        case detail::child_end::signalled:
            return "credential_process was ended by signal " + std::to_string(result.code);
        case detail::child_end::timed_out:
            return "credential_process was killed after " + in_seconds(limit) +
                   ", the longest it may take";
        case detail::child_end::stopped:
            return "credential_process was stopped";
        case detail::child_end::wants_terminal:
            return "credential_process was killed because it wanted to use the terminal, which it "
                   "may not: it must "
                   "get along without asking";
        case detail::child_end::too_much_output:
            break;
    }
    return "credential_process was killed after more than 1 MiB of standard output";
}

void check_version(const secret_json& object) {
    const secret_json* const version = find_member(object, "Version");
    if (version == nullptr) {
        throw credentials_error("Version is missing; it must be the number 1");
    }
    if (!version->is_number_integer() || *version != 1) {
        throw credentials_error("Version is not the number 1, the only one there is");
    }
}

credentials read_output(std::string_view output) {
    const secret_json document = parse_secret_object(output);
    check_version(document);
    credentials keys = read_credentials_document(
        document, {.token_is_required = false, .expiration_is_required = false});
    if (keys.expiration && *keys.expiration <= std::chrono::system_clock::now()) {
        throw credentials_error("the credentials expired at " +
                                detail::format_utc_time(*keys.expiration) +
                                ", before they were asked for");
    }
    return keys;
}

detail::child_result run(const std::string& command, const detail::child_limits& limits,
                         const std::stop_token& stop) {
    try {
        return run_shell_command(command, limits, stop);
    } catch (const std::system_error& failure) {
        throw credentials_error(std::string("credential_process could not be run: ") +
                                failure.what());
    }
}

}  // namespace

process_source::process_source(std::string command, std::string profile, process_options options)
    : command_(std::move(command)),
      profile_(std::move(profile)),
      options_(std::move(options)),
      limits_{.time = options_.limit.value_or(options_.interactive ? milliseconds(1h) : 1min),
              .streams = options_.interactive ? detail::child_streams::of_the_terminal
                                              : detail::child_streams::of_its_own} {}

std::string process_source::name() const {
    return "credential_process of profile " + detail::in_quotes(profile_);
}

fetched_credentials process_source::fetch(const fetch_context& context) {
    if (detail::trim(command_).empty()) {
        throw credentials_error("the command is empty");
    }
    const detail::child_result result = run(command_, limits_, context.stop);
    const std::string errors = options_.interactive ? "" : shown_errors(result);
    if (const std::string failure = failure_of(result, limits_.time); !failure.empty()) {
        throw credentials_error(failure + errors);
    }
    try {
        credentials keys = read_output(result.output);
        if (keys.account_id.empty()) {
            keys.account_id = options_.account_id;
        }
        return {.keys = keys,
                .kept = reuse::until_expiration,
                .expired_use = after_expiration::refused};
    } catch (const credentials_error& malformed) {
        throw credentials_error(
            std::string("credential_process's standard output cannot be used: ") +
            malformed.what() + errors);
    }
}

}  // namespace dsql::aws
