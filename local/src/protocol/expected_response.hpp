// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/shared_state.hpp"
#include "protocol/statement_names.hpp"
#include "wire/messages.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_local {

/// A message to PostgreSQL that gets a response.
enum class request_kind : std::uint8_t {
    parse,
    bind,
    close,
    describe,
    execute,
    query,
    function_call,
    sync,
    copy_end,  ///< CopyDone or CopyFail: no response, but it ends what a COPY reads
    ignored,   ///< no response after all
};

/// How the response to a statement differs from PostgreSQL's, and what it means for the session.
struct response_changes {
    bool has_ddl = false;     ///< contains DDL that other sessions see
    bool cuts_after = false;  ///< a fault closes the connection instead of sending the response
    bool replaces_only_commit = false;  ///< `replacement` is only for the tag COMMIT
    /// The error to send instead of a CommandComplete.
    std::optional<error_response> replacement = {};
    /// The tags for the CALLs that replaced statements.
    std::deque<std::string_view> call_tags = {};
    /// The errors for statements that PostgreSQL was made to fail, with the numbers of the forced
    /// errors.
    std::vector<std::pair<std::uint64_t, error_response>> forced_errors = {};
    std::optional<error_response> failed_commit_error = {};
    /// The names that the statements with the tag DEALLOCATE drop.
    std::deque<std::string> dropped_names = {};
    /// While the statement runs, it may cancel what other sessions run.
    std::optional<backend_cancellation> cancellation = {};
};

/// A message that was sent to PostgreSQL, and what must be done when it is answered.
struct expected_response {
    request_kind kind = request_kind::ignored;
    /// The endpoint sent the message for its own purposes. The client does not see the response,
    /// except an error that also ends what the client has sent up to its Sync.
    bool is_injected = false;
    bool has_begun = false;  ///< PostgreSQL has sent a part of the response to a query
    /// The name that the message changes, if it succeeds, and what it then stands for.
    statement_names* names = nullptr;
    statement_names::record* name = nullptr;
    statement_names::statement made = {};
    std::unique_ptr<response_changes> changes = {};  ///< null in the usual case

    /// Whether it ends with a ReadyForQuery.
    bool ends_with_ready() const noexcept {
        return kind == request_kind::query || kind == request_kind::function_call ||
               kind == request_kind::sync;
    }
    bool runs_statement() const noexcept {
        return kind == request_kind::execute || kind == request_kind::query ||
               kind == request_kind::function_call;
    }
    response_changes& change() {
        if (!changes) {
            changes = std::make_unique<response_changes>();
        }
        return *changes;
    }
};

}  // namespace dsql_local
