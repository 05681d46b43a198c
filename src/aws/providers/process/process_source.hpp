// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/source.hpp"
#include "base/child_process.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace dsql::detail {

/// How to run the command, and what is known beside its output.
struct process_options {
    /// The account of credentials of which the command does not tell it; may be empty.
    std::string account_id{};
    /// Whether the command may use the terminal.
    bool interactive = false;
    /// How long it may take; none: an hour where a person may be asked, else a minute.
    std::optional<std::chrono::milliseconds> limit{};
};

/// The command of a profile's `credential_process`, run by `sh -c` at each fetch. Neither the
/// command nor its standard output, which may hold secrets, is in any message; its standard error
/// is, redacted, unless it is the program's. Credentials that name no expiration are kept for good.
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
    const child_limits limits_;
};

}  // namespace dsql::detail
