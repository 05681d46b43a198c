// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/message_splitter.hpp"
#include "wire/relay_buffer.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace dsql_cli::proxy {

/// May change the statements of a client on their way to the cluster: returns the text to send in
/// place of `sql`, or an empty text to send `sql` itself.
using statement_filter = std::function<std::string(std::string_view sql)>;

/// Follows the messages of a session in both directions, so that the proxy knows what it may say
/// when one side is gone. Without a filter, all bytes pass unchanged. Not thread-safe.
class session_traffic {
public:
    explicit session_traffic(statement_filter filter = {});

    /// Takes the next chunk from the client. Adds what is to be sent to the cluster to `out`.
    void from_client(std::string_view chunk, wire::relay_buffer& out);

    /// Takes the next chunk from the cluster. Adds what is to be sent to the client to `out`.
    void from_cluster(std::string_view chunk, wire::relay_buffer& out);

    /// Whether the client has said that it leaves (Terminate).
    [[nodiscard]] bool client_has_left() const noexcept { return client_has_left_; }

    /// Whether the cluster has ended the session with an error of its own (FATAL or PANIC).
    [[nodiscard]] bool cluster_has_explained() const noexcept { return cluster_has_explained_; }

    /// Whether a message of the proxy may follow what the client got last.
    [[nodiscard]] bool is_between_responses() const noexcept {
        return responses_.is_between_messages();
    }

    /// Whether the client waits for responses, as far as the messages tell.
    [[nodiscard]] bool is_busy() const noexcept { return owed_ > 0 || has_unsynced_; }

private:
    void on_request(const wire::stream_piece& piece, wire::relay_buffer& out);
    void on_statement(const wire::stream_piece& piece, wire::relay_buffer& out);
    void on_response(const wire::stream_piece& piece);

    const statement_filter filter_;
    wire::message_splitter requests_;
    wire::message_splitter responses_;
    std::uint64_t owed_ = 0;  // how many ReadyForQuery the cluster owes
    // The client has sent requests since the message that asked for the last ReadyForQuery.
    bool has_unsynced_ = false;
    bool last_was_sync_ = false;
    bool client_has_left_ = false;
    bool cluster_has_explained_ = false;
};

}  // namespace dsql_cli::proxy
