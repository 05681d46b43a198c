// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/sigv4.hpp"
#include "login/test_keys.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace dsql_local {

/// Returns `DbConnectAdmin` for the user `admin` and `DbConnect` for any other user.
std::string_view token_action(std::string_view user);

/// Makes a token with which `user` can log in to `host` from `now` on for `lifetime`.
std::string sign_token(const test_keys& keys, std::string_view host, std::string_view user,
                       seconds_point now, std::chrono::seconds lifetime);

}  // namespace dsql_local
