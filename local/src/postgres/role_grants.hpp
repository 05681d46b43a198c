// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace dsql_local {

class control_connection;

/// Knows which roles were granted to which IAM identities with `AWS IAM GRANT`. Thread-safe.
class role_grants {
public:
    /// `socket` is PostgreSQL's. `granted_user` is a role that counts as granted to everybody.
    role_grants(std::filesystem::path socket, std::string granted_user);
    ~role_grants();

    role_grants(const role_grants&) = delete;
    role_grants& operator=(const role_grants&) = delete;

    /// Whether the identity `arn`, or any identity if it is empty, may log in as `role`. Anybody
    /// may log in as admin, nobody as a role that is PostgreSQL's own. Asks PostgreSQL, which takes
    /// less than a millisecond. Throws std::runtime_error if PostgreSQL does not answer.
    bool may_log_in(const std::string& role, const std::optional<std::string>& arn);

private:
    bool is_granted(const std::string& role, const std::optional<std::string>& arn);

    const std::filesystem::path socket_;
    const std::string granted_user_;
    std::mutex mutex_;
    std::unique_ptr<control_connection> connection_;  // made for the first question
};

}  // namespace dsql_local
