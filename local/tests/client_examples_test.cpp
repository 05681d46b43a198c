// SPDX-License-Identifier: Apache-2.0
// Runs the examples that `serve` prints, as somebody would who pastes them into another terminal.
#include "client_examples.hpp"

#include "support/command.hpp"
#include "support/endpoint_process.hpp"
#include "support/temporary_file.hpp"
#include "system/files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

namespace client_examples_test {

using namespace dsql_local;
using namespace dsql_local_test;

// An example, and a command that tells whether what it needs is installed.
struct runnable {
    const char* name;
    std::string_view title;
    const char* is_installed;
    const char* preparation;  // done first, in the shell of the example
};

void PrintTo(const runnable& printed, std::ostream* out) {
    *out << printed.name;
}

class printed_examples : public testing::TestWithParam<runnable> {
protected:
    // Debian's packages are for Debian's Python.
    static constexpr const char* prefix = "PATH=/usr/bin:/bin:$PATH; export PATH; ";

    static std::string example_of(const std::string& output, std::string_view title) {
        const std::size_t start = output.find(std::string("\n# --- ").append(title));
        const std::size_t end = output.find("\n# --- ", start + 1);
        EXPECT_NE(start, std::string::npos) << output;
        return output.substr(start, end - start) + "\n";
    }

    // The part of the output that is to be pasted first.
    static std::string environment_of(const std::string& output) {
        return output.substr(0, output.find("\n# --- ")) + "\n";
    }
};

TEST_P(printed_examples, works_as_it_is_printed) {
    const std::string prepared = std::string(prefix) + GetParam().preparation;
    if (run_command(prepared + "\n" + GetParam().is_installed).status != 0) {
        GTEST_SKIP() << "what it needs is not installed";
    }
    endpoint_process served;
    const std::string& output = served.child().output();
    const temporary_file script(environment_of(output) + example_of(output, GetParam().title));
    const command_result result = run_command(prepared + "\nsh " + script.path());
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.output, "Hello, DSQL!\n") << result.errors;
}

// Go needs modules that no package of Debian has, and C++ the installed library, which
// tests/consumer/check tries.
INSTANTIATE_TEST_SUITE_P(
    endpoint, printed_examples,
    testing::Values(
        runnable{"psql", "psql", "command -v psql", ""},
        runnable{"Python", "Python", "python3 -c 'import psycopg'", ""},
        runnable{"Node", "Node", "node -e 'require(\"@aws/aurora-dsql-node-postgres-connector\")'",
                 "export NODE_PATH=" DSQL_NODE_PATH},
        runnable{"Java", "Java", "javac -version && test -r /usr/share/java/postgresql.jar", ""}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(client_example, is_there_for_six_clients_and_a_shell_can_read_it) {
    for (const char* name : {"psql", "C++", "Python", "Node", "Go", "Java"}) {
        EXPECT_EQ(std::count_if(client_examples.begin(), client_examples.end(),
                                [name](const client_example& example) {
                                    return example.title.starts_with(name);
                                }),
                  1)
            << name;
    }
    for (const client_example& example : client_examples) {
        const temporary_file script{std::string(example.commands)};
        const command_result read = run_command("sh -n " + script.path());
        EXPECT_EQ(read.status, 0) << example.title << ": " << read.errors;
        EXPECT_EQ(example.commands.back(), '\n');
        EXPECT_EQ(example.commands.find("\n# ---"), std::string::npos);
    }
}

}  // namespace client_examples_test
