// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/providers/source.hpp"

#include <chrono>
#include <string>

namespace dsql::detail {

/// The command of a profile's `credential_process`, run by `sh -c` at each fetch. Neither the
/// command nor its standard output, which may hold secrets, is in any message; its standard error
/// is, redacted. Credentials that name no expiration are kept for good.
/// Source: AWS SDKs and Tools Reference Guide, "Process credential provider".
class process_source final : public credentials_source {
public:
    /// `profile` is for messages. `account_id`, if not empty, is that of credentials of which the
    /// command does not tell it. `limit` is how long the command may take.
    process_source(std::string command, std::string profile, std::string account_id = {},
                   std::chrono::milliseconds limit = std::chrono::minutes(1));

    [[nodiscard]] std::string name() const override;
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    const std::string command_;
    const std::string profile_;
    const std::string account_id_;
    const std::chrono::milliseconds limit_;
};

}  // namespace dsql::detail
