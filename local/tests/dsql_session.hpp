// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/test_keys.hpp"
#include "raw_client.hpp"
#include "support/endpoint_process.hpp"

#include <string>
#include <vector>

namespace dsql_local_test {

/// Everything that the endpoint sent up to ReadyForQuery.
struct query_result {
    std::string column = {};    ///< the name of the first column
    std::string value = {};     ///< the first column of the first row
    std::string tags = {};      ///< the tags of all CommandComplete messages, separated by commas
    std::string sqlstate = {};  ///< empty if there was no error
    message error = {};
    char status = '\0';      ///< the status in ReadyForQuery; NUL if the connection ended before it
    std::string types = {};  ///< the types of all messages

    std::string text() const { return error.field('M'); }
    bool ended() const { return status == '\0'; }
};

/// A client of an endpoint, logged in as `admin`.
class dsql_session {
public:
    explicit dsql_session(const endpoint_process& served);
    /// Logs in as another role, by default with the keys that the endpoint printed. Throws
    /// std::runtime_error, with the error of the endpoint, if that fails.
    dsql_session(const endpoint_process& served, const std::string& user,
                 const dsql_local::test_keys& keys = {});

    raw_client& client() { return client_; }

    /// Runs a statement with the simple protocol.
    query_result query(const std::string& sql);
    /// Runs a statement with Parse, Bind, Describe, Execute and Sync.
    query_result execute(const std::string& sql);
    /// Reads messages up to the next ReadyForQuery.
    query_result receive();

    /// Runs a statement like query(), and fails the test if it does not succeed.
    std::string must(const std::string& sql);

private:
    raw_client client_;
};

/// The messages of the extended protocol.
std::string parse_message(const std::string& name, const std::string& sql);
std::string bind_message(const std::string& statement);
/// Binds the unnamed portal with parameters in text format.
std::string bind_message(const std::string& statement, const std::vector<std::string>& values);
std::string execute_message();
std::string sync_message();
std::string query_message(const std::string& sql);

/// Sends a request to the endpoint's admin socket and returns all lines of the response.
std::string tell_admin(const endpoint_process& served, const std::string& request);

}  // namespace dsql_local_test
