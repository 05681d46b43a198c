// SPDX-License-Identifier: Apache-2.0
#include "support/fault_injection.hpp"

#include "support/admin_socket.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <utility>

namespace {

std::string default_path() {
    const char* const path = std::getenv("DSQL_LOCAL_ADMIN_SOCKET");
    return path == nullptr ? std::string() : path;
}

}  // namespace

fault_injection::fault_injection(std::string socket_path)
    : path_(socket_path.empty() ? default_path() : std::move(socket_path)) {
    clear();
}

fault_injection::~fault_injection() {
    try {
        clear();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "faults are still set: %s\n", failure.what());
    }
}

std::string fault_injection::request(const std::string& line) const {
    std::string answer = ask_admin(path_, line);
    if (answer.empty()) {
        throw std::runtime_error("nobody answers at the admin socket \"" + path_ + "\"");
    }
    const std::string end = "ok\n";
    if (answer.size() < end.size() || answer.substr(answer.size() - end.size()) != end) {
        throw std::runtime_error(line + ": " + answer);
    }
    answer.erase(answer.size() - end.size());
    return answer;
}
