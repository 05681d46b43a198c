// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/amz_time.hpp"
#include "login/connection_rate.hpp"
#include "login/keys_file.hpp"
#include "login/test_keys.hpp"
#include "protocol/shared_state.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace dsql_local {

/// What every session of an endpoint has in common.
struct session_settings {
    test_keys keys = {};
    /// Where the keys of the moment come from instead.
    std::optional<std::filesystem::path> keys_file = {};
    /// Never null; shared by all who count.
    std::shared_ptr<connection_rate> rate = {};
    /// Never null; shared by all sessions.
    std::shared_ptr<shared_state> shared = {};
    time_limits limits = {};
    /// The Unix socket of the PostgreSQL server behind the endpoint.
    std::filesystem::path backend_socket = {};
    /// How long a client may take to log in before it is dropped.
    std::chrono::seconds login_timeout{10};
    /// How far the endpoint's clock is ahead of the machine's.
    std::chrono::seconds time_offset{0};
    /// One line on standard error for each thing that happens to a session.
    bool verbose = false;

    /// The keys that a token must be signed with now. Throws keys_file_error.
    test_keys current_keys() const {
        return keys_file ? read_keys_file(*keys_file, keys.region) : keys;
    }

    /// The endpoint's clock.
    seconds_point now() const {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
               time_offset;
    }
};

}  // namespace dsql_local
