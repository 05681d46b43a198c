// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "conversations/step.hpp"
#include "raw_client.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace dsql_local_test {

/// A session with a server, logged in, that answers the steps of a conversation.
class partner {
public:
    /// Without `shows_settings`, perform() leaves out the ParameterStatus messages.
    partner(std::unique_ptr<raw_client> client, bool shows_settings)
        : client_(std::move(client)), shows_settings_(shows_settings) {}

    /// Does what a step says, and returns what the server has sent. Without what
    /// differs from server to server: process ids and the object identifiers of tables. The last
    /// message has the type NUL if the connection has ended.
    std::vector<message> perform(const step& next);

    /// Runs a statement. Throws std::runtime_error if it fails.
    void must(const std::string& sql) { client_->query(sql); }

    bool has_ended() const { return has_ended_; }
    /// Whether no answer came in time.
    bool timed_out() const { return client_->timed_out(); }
    void set_read_limit(std::chrono::seconds limit) { client_->set_read_limit(limit); }

private:
    message receive();

    std::unique_ptr<raw_client> client_;
    bool shows_settings_;
    std::string unsent_;
    bool has_ended_ = false;
    bool skips_until_sync_ = false;  // after an error in a pipeline
};

/// A message, readable for people.
std::string readable(const message& shown);

}  // namespace dsql_local_test
