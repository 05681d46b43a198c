// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/test_keys.hpp"
#include "postgres/postgres_server.hpp"
#include "protocol/shared_state.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dsql_local {

enum class command_kind { serve, run, fault };

/// The command line, understood.
struct options {
    command_kind kind = command_kind::serve;
    std::string listen_address = "127.0.0.1";
    std::uint16_t port = 0;
    std::string user = "admin";
    test_keys keys = {};  ///< with a keys file: what it held at the start
    std::optional<std::filesystem::path> keys_file = {};
    std::optional<std::filesystem::path> postgres_bindir = {};
    std::optional<std::filesystem::path> data_directory = {};
    std::chrono::seconds login_timeout{10};
    std::chrono::seconds time_offset{0};
    std::uint32_t connection_rate = 100;  ///< new sessions per second; 0: no limit
    std::uint32_t connection_burst = 1000;
    time_limits limits = {};
    server_settings server = {};
    std::optional<std::filesystem::path> admin_socket = {};  ///< none: one in the directory
    std::uint64_t fault_seed = 0;                            ///< of the faults' dice
    std::string fault_request = {};                          ///< of `fault`: what to send
    bool verbose = false;
    std::vector<std::string> command = {};  ///< of `run`
};

/// An exit status: the command line was only a question, or was wrong; the answer is printed.
using exit_status = int;

/// The exit status of a command line that is wrong.
constexpr exit_status usage_error = 2;

std::variant<options, exit_status> parse_options(int argc, const char* const* argv);

}  // namespace dsql_local
