// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/command.hpp"
#include "support/endpoint_process.hpp"
#include "support/fault_injection.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

/// `dsql load` with an endpoint for all tests of a suite and a directory for each test.
class load_fixture : public testing::Test {
protected:
    static void SetUpTestSuite() {
        endpoint_ = std::make_unique<dsql_local_test::endpoint_process>(std::vector<std::string>{});
    }
    static void TearDownTestSuite() { endpoint_.reset(); }

    load_fixture() : faults_((*endpoint_)["DSQL_LOCAL_ADMIN_SOCKET"]) {
        environment_.clear();
        for (const char* name :
             {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
              "DSQL_HOST_ADDRESS", "DSQL_PORT", "DSQL_SSL_ROOT_CERT", "CLUSTER_ENDPOINT"}) {
            environment_.set(name, (*endpoint_)[name]);
        }
    }

    static command_result run_psql(const std::string& statement) {
        const temporary_file script(statement);
        return run_command(DSQL_COMMAND
                           " psql -- --no-psqlrc --quiet --tuples-only --no-align --set "
                           "ON_ERROR_STOP=1 --file " +
                           script.path());
    }
    static std::string psql(const std::string& statement) {
        const command_result result = run_psql(statement);
        EXPECT_EQ(result.errors, "");
        return result.output;
    }

    // The command, to which a shell adds what it wants.
    static std::string load_command(const std::string& arguments) {
        return DSQL_COMMAND " load --progress none " + arguments;
    }
    static command_result load(const std::string& arguments) {
        return run_command(load_command(arguments));
    }

    // Begins a command in a process of its own. A shell replaces itself by it.
    static pid_t start(const std::string& command_line) {
        const pid_t child = fork();
        if (child == 0) {
            const std::string line = "exec " + command_line;
            execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
            _exit(127);
        }
        return child;
    }

    std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(directory_ / name, std::ios::binary) << content;
        return directory_ / name;
    }
    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    static std::unique_ptr<dsql_local_test::endpoint_process> endpoint_;
    scoped_environment environment_{};
    fault_injection faults_;
    temporary_directory directory_{};
};
