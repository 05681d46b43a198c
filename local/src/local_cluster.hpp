// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"
#include "postgres/postgres_server.hpp"
#include "server/endpoint.hpp"
#include "system/environment.hpp"
#include "system/signals.hpp"

#include <optional>

namespace dsql_local {

/// All of a running stand-in: a PostgreSQL server with an endpoint before it.
/// For main's thread only. Nothing of it is left when the object goes.
class local_cluster {
public:
    /// Starts PostgreSQL and binds the endpoint, without accepting clients yet.
    /// Throws as postgres_server and endpoint do.
    local_cluster(const options& chosen, const signal_queue& signals);

    /// Begins to accept clients. Threads start here: fork before.
    void start() { endpoint_->start(); }

    /// What a client needs in its environment to find the endpoint and log in.
    environment_changes client_environment() const;

    postgres_server& postgres() noexcept { return postgres_; }

private:
    std::filesystem::path ca_file() const { return postgres_.directory() / "ca.pem"; }

    std::filesystem::path admin_socket() const;

    const options& chosen_;
    session_settings settings_;
    postgres_server postgres_;
    std::optional<endpoint> endpoint_;
};

}  // namespace dsql_local
