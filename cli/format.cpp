// SPDX-License-Identifier: Apache-2.0
#include "format.hpp"

#include <ctime>

namespace dsql_cli {

std::string utc_text(std::chrono::system_clock::time_point at) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[sizeof "2026-01-02T03:04:05Z"];
    static_cast<void>(std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
    return text;
}

std::string key_id_text(const std::string& access_key_id) {
    return access_key_id.size() > 8 ? "..." + access_key_id.substr(access_key_id.size() - 4)
                                    : std::string("<redacted>");
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string line;
    for (const std::string& text : texts) {
        line += (line.empty() ? "" : ", ") + text;
    }
    return line;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
        if (!is_control && c != ' ') {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    while (!line.empty() && line.back() == ' ') {
        line.pop_back();
    }
    return line;
}

}  // namespace dsql_cli
