// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/command.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

/// What `dsql doctor` said of its first failure.
struct doctor_verdict {
    int status = -1;
    std::string line{};  ///< the first line that begins with "failed"; empty: none
    std::string output{};

    /// The second word of the line.
    [[nodiscard]] std::string check() const {
        std::istringstream words(line);
        std::string word;
        words >> word >> word;
        return word;
    }
};

inline doctor_verdict run_doctor(const std::string& arguments) {
    const command_result result = run_command(DSQL_COMMAND " doctor " + arguments);
    EXPECT_EQ(result.errors, "");
    doctor_verdict verdict{.status = result.status, .output = result.output};
    std::istringstream lines(result.output);
    for (std::string line; verdict.line.empty() && std::getline(lines, line);) {
        if (line.starts_with("failed ")) {
            verdict.line = line;
        }
    }
    return verdict;
}

/// The same out of --json, which must be one document, and of one piece with itself.
inline doctor_verdict run_doctor_for_json(const std::string& arguments) {
    const command_result result = run_command(DSQL_COMMAND " doctor --json " + arguments);
    EXPECT_EQ(result.errors, "");
    doctor_verdict verdict{.status = result.status, .output = result.output};
    const nlohmann::json document = nlohmann::json::parse(result.output);
    EXPECT_EQ(document.at("exit_status"), result.status);
    for (const nlohmann::json& one : document.at("checks")) {
        if (verdict.line.empty() && one.at("result") == "failed") {
            verdict.line = "failed " + one.at("check").get<std::string>() + " " +
                           one.at("summary").get<std::string>() + " -> " +
                           one.at("advice").get<std::string>();
            EXPECT_EQ(document.at("first_failure").at("check"), one.at("check"));
            EXPECT_EQ(document.at("first_failure").at("summary"), one.at("summary"));
        }
    }
    EXPECT_EQ(document.at("first_failure").is_null(), verdict.line.empty());
    return verdict;
}

/// What the first failure has to be.
struct expected_failure {
    const char* check;
    int status;
    const char* words;  ///< in the line
};

/// Runs the doctor both ways and compares; nothing secret may be in its words.
inline void expect_verdict(const std::string& arguments, const expected_failure& expected) {
    for (const auto& verdict : {run_doctor(arguments), run_doctor_for_json(arguments)}) {
        EXPECT_EQ(verdict.check(), expected.check) << verdict.output;
        EXPECT_EQ(verdict.status, expected.status) << verdict.output;
        EXPECT_NE(verdict.line.find(expected.words), std::string::npos) << expected.words << '\n'
                                                                        << verdict.output;
        EXPECT_EQ(verdict.output.find("X-Amz-Signature"), std::string::npos) << verdict.output;
        for (const char* variable : {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
            const char* const secret = std::getenv(variable);
            EXPECT_TRUE(secret == nullptr || verdict.output.find(secret) == std::string::npos)
                << verdict.output;
        }
    }
}
