// SPDX-License-Identifier: Apache-2.0
#include "proxy/proxy_log.hpp"

#include "format.hpp"

#include <chrono>
#include <string>

namespace dsql_cli::proxy {

void proxy_log::session(std::uint64_t number, std::string_view event) {
    std::string text = "session ";
    this->event(text.append(std::to_string(number)).append(": ").append(event));
}

// One call writes the whole line, so that the lines of other processes do not get into it.
void proxy_log::event(std::string_view text) {
    std::string line = format_utc(std::chrono::system_clock::now());
    line.append(" ").append(to_single_line(text)).append("\n");
    const std::lock_guard lock(mutex_);
    to_ << line << std::flush;
}

}  // namespace dsql_cli::proxy
