// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/expected_response.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The responses of a session that PostgreSQL still owes, in order. Requests are numbered from 1.
///
/// After an error in the extended protocol, PostgreSQL skips everything up to the next Sync. While
/// a COPY reads data, PostgreSQL ignores Sync. Source:
/// https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-COPY
class response_queue {
public:
    /// A message was sent to PostgreSQL. Returns its entry, which is valid until the next call.
    expected_response& push(request_kind kind);
    /// Sets the name that the newest message changes.
    void set_name_change(statement_names& names, statement_names::record& name,
                         statement_names::statement made);
    /// Adds a name that a PREPARE in the newest message makes.
    void add_prepared(statement_names& names, statement_names::record& name,
                      statement_names::statement made);
    /// A Sync, CopyDone or CopyFail was sent.
    void push_sync();
    void push_copy_end();
    /// If the newest message fails, later statements are decided differently.
    void mark_decisive() { last_decisive_ = newest(); }

    /// The entry that PostgreSQL's next message belongs to; null if there is none.
    expected_response* front();
    /// Completes the front entry, which has succeeded.
    void pop();

    /// The next PREPARE in the front entry has succeeded.
    void confirm_prepared();

    /// PostgreSQL has sent CopyInResponse.
    void begin_copy();
    /// PostgreSQL has sent CommandComplete.
    void end_copy();
    /// PostgreSQL has sent an error.
    void fail();
    /// PostgreSQL has sent ReadyForQuery.
    void ready();

    bool empty() { return front() == nullptr; }
    /// Whether nothing follows the front entry, or only the Sync that it needs.
    bool is_front_last() const noexcept;
    /// Whether PostgreSQL skips what is sent now.
    bool is_skipping() const noexcept { return is_skipping_; }
    /// Whether PostgreSQL reads data of a COPY, as far as is known, and takes no other messages.
    bool reads_copy_data() const noexcept { return accepts_copy_data_; }
    /// Whether a message that was marked as decisive is pending.
    bool has_decisive() const noexcept { return last_decisive_ >= first_number_; }

    /// Whether what follows runs even if an earlier message fails that is not answered yet. It does
    /// not if all of these are in the same pipeline up to a Sync.
    bool survives_failure() const noexcept { return survives_failure_of(first_number_); }
    /// The same for the failure of one request.
    bool survives_failure_of(std::uint64_t number) const noexcept {
        return number >= first_number_ && number <= last_boundary_;
    }
    /// The same for the last request that was marked as decisive.
    bool survives_decisive_failure() const noexcept { return survives_failure_of(last_decisive_); }
    std::uint64_t newest() const noexcept { return first_number_ + entries_.size() - first_ - 1; }

private:
    void discard_front();
    void revert_prepared();
    void drop_front();

    std::vector<expected_response> entries_;
    std::size_t first_ = 0;            // the index of the front entry
    std::uint64_t first_number_ = 1;   // its number
    std::uint64_t last_boundary_ = 0;  // the newest message that ends with ReadyForQuery
    std::uint64_t last_decisive_ = 0;
    bool is_skipping_ = false;
    bool is_copying_ = false;         // PostgreSQL reads data
    bool accepts_copy_data_ = false;  // and the client has not ended them
    std::size_t optional_syncs_ = 0;  // Syncs that a COPY ignored, unless it failed before
};

}  // namespace dsql_local
