// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/endpoint_process.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"

#include <libpq-fe.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace proxy_test {

struct close_libpq {
    void operator()(PGconn* handle) const { PQfinish(handle); }
    void operator()(PGresult* result) const { PQclear(result); }
};
using libpq_client = std::unique_ptr<PGconn, close_libpq>;
using libpq_result = std::unique_ptr<PGresult, close_libpq>;

/// The environment of a proxy and its clients: the endpoint and its keys, and nothing of libpq.
class proxy_environment {
public:
    explicit proxy_environment(const dsql_local_test::endpoint_process& served) {
        environment_.clear();
        for (const char* name :
             {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
              "DSQL_HOST_ADDRESS", "DSQL_PORT", "DSQL_SSL_ROOT_CERT", "CLUSTER_ENDPOINT"}) {
            if (served.exports(name)) {
                environment_.set(name, served[name]);
            }
        }
    }

private:
    scoped_environment environment_;
};

/// A running `dsql proxy` on a Unix socket in a temporary directory.
class proxy_process {
public:
    explicit proxy_process(std::vector<std::string> options = {"--user", "admin"})
        : program_(arguments(std::move(options)), {}, DSQL_COMMAND) {
        program_.read_until("listening on ");
    }

    /// Connects as libpq does, with more parameters in the form of a connection string.
    [[nodiscard]] libpq_client connect(const std::string& parameters = {}) const {
        return libpq_client(PQconnectdb(("host=" + socket_directory() + " " + parameters).c_str()));
    }

    [[nodiscard]] std::string socket_directory() const { return directory_ / "socket"; }
    [[nodiscard]] std::string socket() const { return socket_directory() + "/.s.PGSQL.5432"; }
    [[nodiscard]] const temporary_directory& directory() const { return directory_; }
    dsql_local_test::program& child() { return program_; }

private:
    std::vector<std::string> arguments(std::vector<std::string> options) const {
        options.insert(options.begin(), {"proxy", "--socket-dir", socket_directory()});
        return options;
    }

    temporary_directory directory_;
    dsql_local_test::program program_;
};

/// Runs a statement and returns the first value of its result, or the error.
inline std::string query(const libpq_client& client, const std::string& sql) {
    const libpq_result result(PQexec(client.get(), sql.c_str()));
    if (PQresultStatus(result.get()) == PGRES_TUPLES_OK && PQntuples(result.get()) > 0) {
        return PQgetvalue(result.get(), 0, 0);
    }
    return PQresultStatus(result.get()) == PGRES_COMMAND_OK ? PQcmdStatus(result.get())
                                                            : PQresultErrorMessage(result.get());
}

}  // namespace proxy_test
