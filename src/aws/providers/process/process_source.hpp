// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/source.hpp"
#include "base/child_process.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace dsql::aws {

/// How to run the command, and what the profile adds to its output.
struct process_options {
    /// The account ID that is used when the command does not return one. May be empty.
    std::string account_id{};
    /// Whether the command may use the terminal.
    bool interactive = false;
    /// How long the command may take. The default is an hour for an interactive command, otherwise
    /// a minute.
    std::optional<std::chrono::milliseconds> limit{};
};

/// Runs the command of a profile's `credential_process` with `sh -c` at each fetch. Messages never
/// show the command or its standard output, which may hold secrets. They show its standard error
/// with secrets redacted, unless the command writes to the standard error of the program.
/// Credentials without an expiration are cached forever.
/// Source: AWS SDKs and Tools Reference Guide, "Process credential provider".
class process_source final : public credentials_source {
public:
    /// `profile` is for messages.
    process_source(std::string command, std::string profile, process_options options = {});

    [[nodiscard]] std::string name() const override;
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    const std::string command_;
    const std::string profile_;
    const process_options options_;
    const detail::child_limits limits_;
};

}  // namespace dsql::aws
