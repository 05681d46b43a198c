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
    } catch (const std::exception& error) {
        std::fprintf(stderr, "faults are still set: %s\n", error.what());
    }
}

std::string fault_injection::request(const std::string& line) const {
    std::string response = ask_admin(path_, line);
    if (response.empty()) {
        throw std::runtime_error("nobody answers at the admin socket \"" + path_ + "\"");
    }
    const std::string end = "ok\n";
    if (response.size() < end.size() || response.substr(response.size() - end.size()) != end) {
        throw std::runtime_error(line + ": " + response);
    }
    response.erase(response.size() - end.size());
    return response;
}
