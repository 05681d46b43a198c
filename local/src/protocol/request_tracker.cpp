// SPDX-License-Identifier: Apache-2.0
#include "protocol/request_tracker.hpp"

#include <iterator>

namespace dsql_local {

request_tracker& request_cycles::open() {
    if (cycles_.empty() || cycles_.back().is_closed) {
        cycles_.emplace_back();
    }
    return cycles_.back();
}

void request_cycles::close_by_query() {
    request_tracker& cycle = open();
    cycle.is_closed = true;
    cycle.is_simple = true;
}

void request_cycles::close_by_sync() {
    request_tracker& cycle = open();
    const bool is_ignored = cycle.is_copying_in && !cycle.has_ended_copy && !cycle.has_failed;
    cycle.is_closed = !is_ignored;
}

// The end of a COPY by simple query is part of the query's cycle.
void request_cycles::end_copy() {
    if (!cycles_.empty() && !cycles_.back().is_simple) {
        open().has_ended_copy = true;
    }
}

void request_cycles::begin_copy() {
    if (cycles_.empty() || cycles_.front().is_simple) {
        return;
    }
    request_tracker& cycle = cycles_.front();
    cycle.is_copying_in = true;
    // A Sync that was sent before the data has ended is one that PostgreSQL ignores.
    while (cycle.is_closed && !cycle.has_ended_copy) {
        cycle.is_closed = false;
        if (cycles_.size() > 1) {
            merge_first_two();
        }
    }
}

void request_cycles::merge_first_two() {
    request_tracker& first = cycles_.front();
    request_tracker& second = cycles_[1];
    first.is_closed = second.is_closed;
    first.is_simple = second.is_simple;
    first.has_ended_copy = second.has_ended_copy;
    first.has_ddl = first.has_ddl || second.has_ddl;
    std::move(second.refusals.begin(), second.refusals.end(), std::back_inserter(first.refusals));
    first.call_tags.insert(first.call_tags.end(), second.call_tags.begin(), second.call_tags.end());
    cycles_.erase(cycles_.begin() + 1);
}

void request_cycles::finish() {
    if (!cycles_.empty()) {
        cycles_.pop_front();
    }
}

}  // namespace dsql_local
