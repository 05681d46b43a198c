// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/credentials.hpp>

#include "support/endpoint_process.hpp"
#include "support/temporary_directory.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

/// An endpoint that can be stopped and restarted with the same port and databases, and whose keys
/// can be rotated. Not thread-safe, except the credentials provider of `settings`.
class restartable_endpoint {
public:
    explicit restartable_endpoint(std::vector<std::string> options = {});

    /// The settings for a connection, with credentials that follow each rotation.
    [[nodiscard]] dsql::config settings() const;

    /// Stops the endpoint: with SIGKILL for all of its processes, or in an orderly way.
    void stop(bool with_sigkill = false);
    /// Starts the endpoint again, with additional options.
    void start(const std::vector<std::string>& more_options = {});

    /// Replaces the keys. The endpoint rejects the old ones from then on.
    void rotate_keys();

private:
    struct keys {
        std::mutex mutex{};
        dsql::credentials current{};  // guarded by mutex
    };

    void write_keys(const std::string& secret) const;

    const std::vector<std::string> options_;
    temporary_directory directory_{};
    std::shared_ptr<keys> keys_ = std::make_shared<keys>();
    int rotations_ = 0;
    std::string port_ = "0";
    std::string host_{};
    std::optional<dsql_local_test::endpoint_process> process_{};
};
