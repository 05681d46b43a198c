// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/command.hpp"
#include "support/endpoint_process.hpp"
#include "support/fault_injection.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

/// Tests of commands that work on a cluster: one dsql-local for all tests of a suite, and a
/// directory of its own, in which the commands run, for each.
class ServedCommand : public testing::Test {
protected:
    static void SetUpTestSuite() {
        endpoint_ = std::make_unique<dsql_local_test::endpoint_process>(
            std::vector<std::string>{"--job-time", "0.05"});
    }
    static void TearDownTestSuite() { endpoint_.reset(); }

    ServedCommand() : faults_((*endpoint_)["DSQL_LOCAL_ADMIN_SOCKET"]) {
        environment_.clear();
        for (const char* name :
             {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CLUSTER_ENDPOINT",
              "DSQL_HOST_ADDRESS", "DSQL_PORT", "DSQL_SSL_ROOT_CERT"}) {
            environment_.set(name, (*endpoint_)[name]);
        }
    }

    /// Runs `dsql` with these arguments, which a shell reads, in the directory of the test.
    command_result dsql(const std::string& arguments) const {
        return run_command("cd " + directory_.path().string() + " && " DSQL_COMMAND " " +
                           arguments);
    }

    /// What psql prints for a query, unaligned; empty if it fails.
    std::string psql(const std::string& statement) const {
        const temporary_file script(statement);
        const command_result result =
            dsql("psql -- --no-psqlrc -qAt -v ON_ERROR_STOP=1 --file " + script.path());
        EXPECT_EQ(result.errors, "");
        return result.output;
    }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream(directory_ / name, std::ios::binary) << content;
    }

    // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
    static inline std::unique_ptr<dsql_local_test::endpoint_process> endpoint_{};
    scoped_environment environment_{};
    fault_injection faults_;
    temporary_directory directory_{};
};

/// Expects that `text` contains `part`.
inline void expect_part(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << '"' << part << "\" is not in:\n" << text;
}
