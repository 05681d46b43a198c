// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "raw_client.hpp"
#include "support/endpoint_process.hpp"

#include <string>

namespace dsql_local_test {

/// What came back up to ReadyForQuery.
struct answer {
    std::string column = {};    ///< name of the first one
    std::string value = {};     ///< first column of the first row
    std::string tags = {};      ///< CommandComplete, with commas between them
    std::string sqlstate = {};  ///< empty: no error
    message error = {};
    char status = '\0';      ///< of ReadyForQuery; NUL: the connection ended before it
    std::string types = {};  ///< of all messages

    std::string text() const { return error.field('M'); }
    bool ended() const { return status == '\0'; }
};

/// A client of an endpoint, logged in as `admin`.
class dsql_session {
public:
    explicit dsql_session(const endpoint_process& served);
    /// Logged in as another role; throws std::runtime_error, with the refusal in its text, if not.
    dsql_session(const endpoint_process& served, const std::string& user);

    raw_client& client() { return client_; }

    /// By the simple protocol.
    answer query(const std::string& sql);
    /// By Parse, Bind, Describe, Execute and Sync.
    answer execute(const std::string& sql);
    /// Reads up to the next ReadyForQuery.
    answer receive();

    /// As query(), for statements that must succeed.
    std::string must(const std::string& sql);

private:
    raw_client client_;
};

/// The messages of the extended protocol.
std::string parse_message(const std::string& name, const std::string& sql);
std::string bind_message(const std::string& statement);
std::string execute_message();
std::string sync_message();
std::string query_message(const std::string& sql);

/// A request to the endpoint's admin socket; all lines of the answer.
std::string tell_admin(const endpoint_process& served, const std::string& request);

}  // namespace dsql_local_test
