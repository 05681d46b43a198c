// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/command.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

/// Runs an example by its name ("batch"), with `NAME=value` or options of env(1) in front of it.
inline command_result run_example(const std::string& name, const std::string& environment = {}) {
    return run_command("env " + environment + " " DSQL_EXAMPLES "/example_" + name);
}

/// Expects success, and these parts of the output one after the other.
inline void expect_output(const command_result& done, const std::vector<std::string>& parts) {
    EXPECT_EQ(done.status, 0) << done.errors;
    std::size_t from = 0;
    for (const std::string& part : parts) {
        const std::size_t found = done.output.find(part, from);
        ASSERT_NE(found, std::string::npos) << part << "\nin\n" << done.output.substr(from);
        from = found + part.size();
    }
}

/// Expects failure with this in the error message, and nothing printed before.
inline void expect_error(const command_result& done, const std::string& part) {
    EXPECT_EQ(done.status, 1);
    EXPECT_NE(done.errors.find(part), std::string::npos) << done.errors;
    EXPECT_EQ(done.output, "");
}
