// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "system/child_process.hpp"
#include "system/file_lock.hpp"
#include "system/signals.hpp"
#include "system/temporary_directory.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace dsql_local {

/// What a server is told on its command line.
struct server_settings {
    std::uint64_t transaction_row_limit = 3000;  ///< 0: no limit
    std::chrono::milliseconds job_time{200};     ///< how long a job of CREATE INDEX ASYNC takes
    std::string granted_user = "admin";          ///< a role that may log in without AWS IAM GRANT
};

/// A private PostgreSQL server that only its Unix socket leads to. Its superuser is `admin`.
/// Stops the server, and removes the directory unless it was named, when the object goes.
/// For main's thread only.
class postgres_server {
public:
    /// Makes the cluster in `directory` (a temporary one when not given; a named one is used again
    /// if it already holds a cluster), starts it and waits until it lets clients in.
    /// Throws std::runtime_error with the tail of its log when it does not come up, interrupted
    /// when a signal asks this program to end meanwhile.
    postgres_server(const std::filesystem::path& binaries,
                    const std::optional<std::filesystem::path>& directory,
                    const server_settings& settings, const signal_queue& signals);
    ~postgres_server();

    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;

    /// Where the cluster lives, and whatever else belongs to this endpoint.
    const std::filesystem::path& directory() const noexcept { return directory_; }

    /// The Unix socket to connect to.
    std::filesystem::path socket() const;

    /// Has the server ended? It should not have.
    bool has_ended() noexcept;

    /// The last lines of the server's log.
    std::string log_tail() const;

private:
    // A constructor that delegates to this one has its destructor run even when it throws.
    postgres_server() = default;

    void prepare_named_directory(const std::filesystem::path& named, const signal_queue& signals);
    void lock_directory(const signal_queue& signals);
    void prepare_socket_directory();
    void give_away(const std::filesystem::path& path) const;
    void give_away_all(const std::filesystem::path& directory) const;
    int lock_descriptor() const { return lock_ ? lock_->descriptor() : -1; }
    void create_cluster(const std::filesystem::path& binaries, const signal_queue& signals) const;
    void initialise(const std::filesystem::path& binaries, const signal_queue& signals) const;
    void add_schema(const std::filesystem::path& binaries, const std::filesystem::path& data,
                    const signal_queue& signals) const;
    int finish(child_process& child, const signal_queue& signals) const;
    void write_access_rules(const std::string& granted_user) const;
    void start(const std::filesystem::path& binaries, const server_settings& settings);
    void wait_until_ready(const signal_queue& signals);

    std::filesystem::path access_rules() const { return directory_ / "access.conf"; }
    std::filesystem::path log() const { return directory_ / "postgres.log"; }
    std::filesystem::path data() const { return directory_ / "data"; }
    std::filesystem::path unfinished_data() const { return directory_ / "data.new"; }

    std::optional<account> run_as_;
    std::optional<file_lock> lock_;  // of a named directory
    std::optional<temporary_directory> temporary_;
    std::optional<temporary_directory> temporary_sockets_;
    std::filesystem::path directory_;
    std::filesystem::path socket_directory_;
    std::optional<child_process> process_;
};

}  // namespace dsql_local
