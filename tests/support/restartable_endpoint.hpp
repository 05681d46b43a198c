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

/// An endpoint that dies and comes back on its port with its databases, and whose keys rotate.
/// Belongs to one thread, but for what the provider of `settings` reads.
class restartable_endpoint {
public:
    explicit restartable_endpoint(std::vector<std::string> options = {});

    /// How to connect, with credentials that follow each rotation.
    [[nodiscard]] dsql::config settings() const;

    /// Ends it, at one blow or politely.
    void stop(bool at_one_blow = false);
    /// Starts it again, with further options.
    void start(const std::vector<std::string>& more_options = {});

    /// Puts new keys in place of the old, which are refused from then on.
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
