// SPDX-License-Identifier: Apache-2.0
#include "conformance/probe_file.hpp"

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace conformance {
namespace {

constexpr std::string_view separator = " | ";

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    while ((at = text.find(separator)) != std::string_view::npos) {
        parts.emplace_back(text.substr(0, at));
        text.remove_prefix(at + separator.size());
    }
    parts.emplace_back(text);
    return parts;
}

// Removes `prefix` from the front of `text`. Returns whether it was there.
bool take_prefix(std::string_view& text, std::string_view prefix) {
    const bool is_there = text.substr(0, prefix.size()) == prefix;
    text.remove_prefix(is_there ? prefix.size() : 0);
    return is_there;
}

void expect_error(std::string_view text, probe& last) {
    constexpr std::size_t sqlstate_size = 5;
    last.sqlstate = text.substr(0, sqlstate_size);
    last.message = text.size() > sqlstate_size ? text.substr(sqlstate_size + 1) : "";
}

class reader {
public:
    explicit reader(const std::filesystem::path& path) : path_(path) {}

    std::vector<probe_case> read() {
        std::ifstream file(path_);
        if (!file) {
            throw std::runtime_error("cannot read " + path_.string());
        }
        std::string line;
        while (std::getline(file, line)) {
            ++number_;
            read_line(line);
        }
        if (cases_.back().probes.empty()) {
            cases_.pop_back();
        }
        return std::move(cases_);
    }

private:
    void read_line(std::string_view line) {
        if (line.empty()) {
            begin_case();
        } else if (take_prefix(line, "## ")) {
            begin_case();
            cases_.back().name = line;
        } else if (take_prefix(line, "source: ")) {
            source_ = line;
        } else if (take_prefix(line, "  ")) {
            read_expectation(line);
        } else if (line.front() != '#') {
            cases_.back().probes.push_back(
                {.sql = std::string(line), .place = place(), .source = source_});
        }
    }

    void begin_case() {
        if (!cases_.back().probes.empty()) {
            cases_.emplace_back();
        }
    }

    void read_expectation(std::string_view text) {
        if (cases_.back().probes.empty()) {
            throw std::runtime_error(place() + ": an indented line must follow a statement");
        }
        probe& last = cases_.back().probes.back();
        if (take_prefix(text, "ok ")) {
            last.tag = text;
        } else if (take_prefix(text, "error ")) {
            expect_error(text, last);
        } else if (take_prefix(text, "detail ")) {
            last.detail = text;
        } else if (take_prefix(text, "columns ")) {
            last.columns = split(text);
            last.rows.emplace();
        } else if (take_prefix(text, "row ")) {
            last.rows.emplace(last.rows.value_or(std::vector<std::vector<std::string>>{}))
                .push_back(split(text));
        } else if (text == "any rows") {
            last.rows.reset();
        } else if (text == "only simple") {
            last.is_only_simple = true;
        } else if (text != "ok") {
            throw std::runtime_error(place() + ": unknown expectation \"" + std::string(text) +
                                     "\"; README.md lists them");
        }
    }

    std::string place() const { return path_.filename().string() + ":" + std::to_string(number_); }

    std::filesystem::path path_;
    std::size_t number_ = 0;
    std::string source_;
    std::vector<probe_case> cases_{1};
};

}  // namespace

std::vector<probe_case> read_probe_file(const std::filesystem::path& path) {
    return reader(path).read();
}

}  // namespace conformance
