// SPDX-License-Identifier: Apache-2.0
#include "doctor/text_report.hpp"

#include "format.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace dsql_cli::doctor {

namespace {

constexpr std::size_t result_width = 9;
constexpr std::size_t check_width = summary_column - result_width;

std::string padded(std::string_view text, std::size_t width) {
    std::string wide(text);
    wide.resize(std::max(width, wide.size()), ' ');
    return wide;
}

const char* colour_of(outcome result) {
    switch (result) {
        case outcome::ok:
            return "\033[32m";
        case outcome::warning:
            return "\033[33m";
        case outcome::failed:
            return "\033[1;31m";
        case outcome::skipped:
            break;
    }
    return "\033[2m";
}

}  // namespace

std::string_view word_for(outcome result) {
    switch (result) {
        case outcome::ok:
            return "ok";
        case outcome::warning:
            return "warning";
        case outcome::failed:
            return "failed";
        case outcome::skipped:
            break;
    }
    return "skipped";
}

std::string with_colour(std::string line, outcome result) {
    return line.insert(std::min(result_width, line.size()), "\033[0m").insert(0, colour_of(result));
}

std::string text_line(std::string_view check, const finding& found) {
    std::string line = padded(word_for(found.result), result_width);
    line += padded(check, check_width) + one_line(found.summary);
    if (!found.advice.empty()) {
        line += " -> " + one_line(found.advice);
    }
    return line;
}

bool wants_colours() {
    const char* const no_colour = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    return isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0') &&
           terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace dsql_cli::doctor
