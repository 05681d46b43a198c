// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/test_identity.hpp"
#include "login/test_keys.hpp"
#include "postgres/postgres_server.hpp"
#include "protocol/request_filter.hpp"
#include "protocol/shared_state.hpp"
#include "sql/sql_dialect.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dsql_local {

enum class command_kind { serve, run, fault };

/// The parsed command line.
struct options {
    command_kind kind = command_kind::serve;
    std::string listen_address = "127.0.0.1";
    bool allow_remote = false;  ///< whether listen_address may be another than loopback
    std::uint16_t port = 0;
    std::string user = "admin";
    test_keys keys = {};                         ///< with a keys file: its content at the start
    std::vector<test_identity> identities = {};  ///< besides that of the keys
    std::optional<std::filesystem::path> keys_file = {};
    std::optional<std::filesystem::path> env_file = {};  ///< for `serve`
    std::optional<std::filesystem::path> ca_file =
        {};  ///< default: a file in the endpoint's directory
    std::optional<std::filesystem::path> postgres_bindir = {};
    std::optional<std::filesystem::path> data_directory = {};
    std::chrono::seconds login_timeout{10};
    std::chrono::seconds time_offset{0};
    std::uint32_t connection_rate = 100;  ///< new sessions per second; 0: no limit
    std::uint32_t connection_burst = 1000;
    std::uint32_t connection_limit = 10'000;  ///< open sessions at once; 0: no limit
    std::uint32_t message_size_limit = default_message_size_limit;  ///< in bytes; 0: no limit
    time_limits limits = {};
    sql_dialect dialect = sql_dialect::dsql;
    server_settings server = {};
    std::optional<std::filesystem::path> admin_socket =
        {};                          ///< default: a socket in the endpoint's directory
    std::uint64_t fault_seed = 0;    ///< seed of the faults' random numbers
    std::string fault_request = {};  ///< for `fault`: the request to send
    bool verbose = false;
    std::vector<std::string> command = {};  ///< for `run`
};

/// The exit status of a program. parse_options() returns it if there is nothing left to do: it has
/// printed help, a version or a usage error.
using exit_status = int;

/// The exit status for wrong usage.
constexpr exit_status usage_error = 2;

std::variant<options, exit_status> parse_options(int argc, const char* const* argv);

}  // namespace dsql_local
