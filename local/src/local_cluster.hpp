// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"
#include "postgres/job_runner.hpp"
#include "postgres/postgres_server.hpp"
#include "server/endpoint.hpp"
#include "system/process.hpp"
#include "system/signals.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace dsql_local {

/// A running local cluster: a PostgreSQL server and the endpoint in front of it. The destructor
/// stops both and removes what they wrote, except a data directory that the user named. For main's
/// thread only.
class local_cluster {
public:
    /// Removes what endpoints that were killed have left, starts PostgreSQL and binds the
    /// endpoint's port, but does not accept clients yet.
    /// @see postgres_server and endpoint for what it throws.
    local_cluster(const options& chosen, const signal_queue& signals);

    /// Starts to accept clients. This starts threads, so child processes must be forked before.
    void start();

    /// The environment variables with which a client finds the endpoint and logs in.
    environment_changes client_environment() const;

    postgres_server& postgres() noexcept { return postgres_; }

private:
    std::filesystem::path ca_file() const;
    std::filesystem::path admin_socket() const;
    std::string client_address() const;

    const options& chosen_;
    session_settings settings_;
    postgres_server postgres_;
    job_runner jobs_;
    std::optional<endpoint> endpoint_;
};

}  // namespace dsql_local
