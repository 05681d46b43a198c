// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "postgres/database_limits.hpp"
#include "system/files.hpp"
#include "system/process.hpp"
#include "system/scratch_directory.hpp"
#include "system/signals.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace dsql_local {

/// Settings of a server, which it gets on its command line.
struct server_settings {
    database_limits limits = standard_limits();
    /// How long a job of CREATE INDEX ASYNC takes at least.
    std::chrono::milliseconds job_time{200};
    /// Whether the role admin is a superuser, which it is not on DSQL.
    bool admin_is_superuser = false;
    /// How long a statement waits for a lock.
    std::chrono::milliseconds lock_timeout{2000};
};

/// A private PostgreSQL server, reachable only through its Unix socket, in a directory that only
/// this process's user and the server's can enter. It checks no password: the endpoint has checked
/// the token, and must not let clients log in as `superuser_name`. The destructor stops the server
/// and removes its directory, unless the user named the directory. For main's thread only.
class postgres_server {
public:
    /// Creates a cluster in `directory`, or uses the one that is there, starts the server and waits
    /// until it accepts logins. Without `directory`, the cluster is in a temporary directory.
    /// Throws std::runtime_error with the end of the server's log if the server does not start, and
    /// interrupted if a signal ends this program meanwhile.
    postgres_server(const std::filesystem::path& binaries,
                    const std::optional<std::filesystem::path>& directory,
                    const server_settings& settings, const signal_queue& signals);
    ~postgres_server();

    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;

    /// The directory of the cluster and of the other files of this endpoint.
    const std::filesystem::path& directory() const noexcept { return directory_; }

    /// The Unix socket to connect to.
    std::filesystem::path socket() const;

    /// Whether the server has ended, which is an error.
    bool has_ended() noexcept;

    /// The last lines of the server's log.
    std::string log_tail() const;

private:
    // The public constructor delegates to this one, so that the destructor runs even if it throws.
    postgres_server() = default;

    void prepare_named_directory(const std::filesystem::path& named, const signal_queue& signals);
    void lock_directory(const signal_queue& signals);
    void prepare_socket_directory();
    void change_owner(const std::filesystem::path& path) const;
    void change_owner_of_tree(const std::filesystem::path& directory) const;
    int lock_descriptor() const { return lock_ ? lock_->descriptor() : -1; }
    void create_cluster(const std::filesystem::path& binaries, const signal_queue& signals) const;
    void run_initdb(const std::filesystem::path& binaries, const signal_queue& signals) const;
    void add_schema(const std::filesystem::path& binaries, const std::filesystem::path& data,
                    const signal_queue& signals) const;
    int wait_for_exit(child_process& child, const signal_queue& signals) const;
    void write_access_rules() const;
    void start(const std::filesystem::path& binaries, const server_settings& settings);
    void wait_until_ready(const signal_queue& signals);
    void set_rights_of_admin(bool is_superuser) const;

    std::filesystem::path access_rules() const { return directory_ / "access.conf"; }
    std::filesystem::path log() const { return directory_ / "postgres.log"; }
    std::filesystem::path data() const { return directory_ / "data"; }
    std::filesystem::path unfinished_data() const { return directory_ / "data.new"; }

    std::optional<account> run_as_;
    std::optional<scratch_directory> temporary_;
    std::optional<scratch_directory> temporary_sockets_;
    std::optional<file_lock> lock_;  // PostgreSQL holds it too
    std::filesystem::path directory_;
    std::filesystem::path socket_directory_;
    std::optional<child_process> process_;
};

}  // namespace dsql_local
