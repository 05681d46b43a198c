// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "system/files.hpp"
#include "system/process.hpp"

#include <filesystem>
#include <optional>

namespace dsql_local_test {

/// A PostgreSQL of its own, as initdb makes it, with the settings of the server behind dsql-local
/// that a client can see. Everybody who can open its Unix socket is the superuser `admin`. Uses the
/// same programs as dsql-local. Construct it in main's thread.
class plain_postgres {
public:
    /// Throws std::runtime_error if the server does not start.
    plain_postgres();
    /// Stops the server and removes its files.
    ~plain_postgres();

    plain_postgres(const plain_postgres&) = delete;
    plain_postgres& operator=(const plain_postgres&) = delete;

    /// The Unix socket to connect to.
    std::filesystem::path socket() const { return directory_.path() / ".s.PGSQL.5432"; }

private:
    void run_initdb();
    void start();

    dsql_local::temporary_directory directory_;
    std::filesystem::path binaries_;
    std::optional<dsql_local::account> account_;
    std::optional<dsql_local::child_process> server_;
};

}  // namespace dsql_local_test
