// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include <cstdlib>
#include <stdexcept>
#include <string>

/// Returns the value of a variable that `dsql-local run` sets.
inline std::string required_variable(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr) {
        throw std::runtime_error(std::string(name) +
                                 " is not set: run these tests under \"dsql-local run --\"");
    }
    return value;
}

/// Returns a config for the endpoint that `dsql-local run` started, with the user admin.
inline dsql::config endpoint_under_test() {
    return {.host = required_variable("CLUSTER_ENDPOINT"),
            .user = required_variable("CLUSTER_USER")};
}
