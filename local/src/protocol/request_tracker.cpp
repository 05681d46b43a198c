// SPDX-License-Identifier: Apache-2.0
#include "protocol/request_tracker.hpp"

#include <iterator>

namespace dsql_local {

pending_request& request_tracker::newest() {
    if (pending_.empty() || pending_.back().is_closed) {
        pending_.emplace_back();
    }
    return pending_.back();
}

void request_tracker::close_by_query() {
    pending_request& request = newest();
    request.is_closed = true;
    request.is_simple = true;
}

void request_tracker::close_by_sync() {
    pending_request& request = newest();
    const bool is_ignored = request.is_copying_in && !request.has_ended_copy && !request.has_failed;
    request.is_closed = !is_ignored;
}

// A COPY by simple query needs no tracking: its end belongs to the query.
void request_tracker::end_copy() {
    if (!pending_.empty() && !pending_.back().is_simple) {
        newest().has_ended_copy = true;
    }
}

void request_tracker::begin_copy() {
    if (pending_.empty() || pending_.front().is_simple) {
        return;
    }
    pending_.front().is_copying_in = true;
    // PostgreSQL ignores a Sync that was sent before the end of the data. Each merge moves the
    // first request.
    while (pending_.front().is_closed && !pending_.front().has_ended_copy) {
        pending_.front().is_closed = false;
        if (pending_.size() > 1) {
            merge_first_two();
        }
    }
}

void request_tracker::merge_first_two() {
    pending_request& first = pending_.front();
    pending_request& second = pending_[1];
    first.is_closed = second.is_closed;
    first.is_simple = second.is_simple;
    first.has_ended_copy = second.has_ended_copy;
    first.has_ddl = first.has_ddl || second.has_ddl;
    std::move(second.forced_errors.begin(), second.forced_errors.end(),
              std::back_inserter(first.forced_errors));
    first.call_tags.insert(first.call_tags.end(), second.call_tags.begin(), second.call_tags.end());
    pending_.erase(pending_.begin() + 1);
}

void request_tracker::finish() {
    if (!pending_.empty()) {
        pending_.pop_front();
    }
}

}  // namespace dsql_local
