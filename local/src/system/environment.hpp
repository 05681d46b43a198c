// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace dsql_local {

/// Changes to make to an environment.
struct environment_changes {
    std::vector<std::pair<std::string, std::string>> set = {};
    std::vector<std::string> unset = {};
};

/// This program's own environment with `changes` made to it, as NAME=value.
std::vector<std::string> changed_environment(const environment_changes& changes);

/// What PostgreSQL's server programs get: this program's environment without PG* (they would
/// change the cluster) and without AWS_* (they are none of its business).
std::vector<std::string> server_environment();

/// `text` as one word of a POSIX shell.
std::string shell_quote(const std::string& text);

}  // namespace dsql_local
