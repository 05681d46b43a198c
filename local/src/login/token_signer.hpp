// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/amz_time.hpp"
#include "login/test_keys.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace dsql_local {

/// `DbConnectAdmin` for the user `admin`, `DbConnect` for everyone else.
std::string_view action_for(std::string_view user);

/// Makes a token that lets `user` into `host` from `now` on for `lifetime`.
std::string sign_token(const test_keys& keys, std::string_view host, std::string_view user,
                       seconds_point now, std::chrono::seconds lifetime);

}  // namespace dsql_local
