// SPDX-License-Identifier: Apache-2.0
#include "protocol/response_queue.hpp"

#include <utility>

namespace dsql_local {

expected_response& response_queue::push(request_kind kind) {
    expected_response& entry = entries_.emplace_back();
    entry.kind = kind;
    if (entry.ends_with_ready()) {
        last_boundary_ = newest();
    }
    return entry;
}

void response_queue::set_name_change(statement_names& names, statement_names::record& name,
                                     statement_names::statement made) {
    entries_.back().naming = {&names, &name, made};
    statement_names::expect(name, newest(), std::move(made));
}

void response_queue::add_prepared(statement_names& names, statement_names::record& name,
                                  statement_names::statement made) {
    entries_.back().change().prepared.push_back({&names, &name, made});
    statement_names::expect(name, newest(), std::move(made));
}

void response_queue::confirm_prepared() {
    response_changes* const changes = entries_[first_].changes.get();
    if (changes != nullptr && !changes->prepared.empty()) {
        name_change& next = changes->prepared.front();
        next.names->confirm(*next.name, std::move(next.made));
        changes->prepared.pop_front();
    }
}

// What the front entry was to prepare and has not been confirmed has failed.
void response_queue::revert_prepared() {
    if (const response_changes* const changes = entries_[first_].changes.get()) {
        for (const name_change& failed : changes->prepared) {
            failed.names->revert(*failed.name, first_number_);
        }
    }
}

void response_queue::push_sync() {
    is_skipping_ = false;
    if (accepts_copy_data_) {
        ++optional_syncs_;
    } else {
        push(request_kind::sync);
    }
}

// Outside a COPY, PostgreSQL ignores the message.
void response_queue::push_copy_end() {
    if (accepts_copy_data_) {
        accepts_copy_data_ = false;
    } else if (!empty()) {
        push(request_kind::copy_end);
    }
}

expected_response* response_queue::front() {
    while (first_ < entries_.size() && (entries_[first_].kind == request_kind::copy_end ||
                                        entries_[first_].kind == request_kind::ignored)) {
        drop_front();
    }
    return first_ < entries_.size() ? &entries_[first_] : nullptr;
}

void response_queue::pop() {
    name_change& naming = entries_[first_].naming;
    if (naming.names != nullptr) {
        naming.names->confirm(*naming.name, std::move(naming.made));
    }
    revert_prepared();
    drop_front();
    front();
}

void response_queue::discard_front() {
    const name_change& naming = entries_[first_].naming;
    if (naming.names != nullptr) {
        naming.names->revert(*naming.name, first_number_);
    }
    revert_prepared();
    drop_front();
}

// Popped entries stay in the vector, so that the usual case neither moves nor allocates anything.
void response_queue::drop_front() {
    constexpr std::size_t most_popped = 1024;
    entries_[first_] = {};
    ++first_;
    ++first_number_;
    if (first_ == entries_.size()) {
        entries_.clear();
        first_ = 0;
    } else if (first_ >= most_popped && 2 * first_ >= entries_.size()) {
        entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

// A client may have sent a Sync, and even the data, before it knew that a COPY reads them.
bool response_queue::is_front_last() const noexcept {
    const std::size_t count = entries_.size() - first_;
    return (count == 1 && entries_.back().ends_with_ready()) ||
           (count == 2 && entries_[first_].kind == request_kind::execute &&
            entries_.back().kind == request_kind::sync);
}

void response_queue::begin_copy() {
    is_copying_ = true;
    accepts_copy_data_ = true;
    for (std::size_t i = first_ + 1; i < entries_.size() && accepts_copy_data_; ++i) {
        request_kind& kind = entries_[i].kind;
        if (kind == request_kind::sync) {
            ++optional_syncs_;
            if (last_boundary_ == first_number_ + (i - first_)) {
                last_boundary_ = 0;  // what follows is in the same pipeline as the COPY
            }
        } else if (kind == request_kind::copy_end) {
            accepts_copy_data_ = false;
        } else if (kind != request_kind::ignored) {
            break;  // PostgreSQL will close the connection
        }
        kind = request_kind::ignored;
    }
}

void response_queue::end_copy() {
    is_copying_ = false;
    accepts_copy_data_ = false;
    optional_syncs_ = 0;
}

void response_queue::fail() {
    if (!is_copying_) {
        optional_syncs_ = 0;
    }
    is_copying_ = false;
    accepts_copy_data_ = false;
    expected_response* failed = front();
    if (failed == nullptr || failed->ends_with_ready()) {
        return;
    }
    while (failed != nullptr && failed->kind != request_kind::sync) {
        discard_front();
        failed = front();
    }
    is_skipping_ = failed == nullptr;
}

// A COPY can fail before it reads the Sync that was sent directly after its Execute, for example
// COPY into a view. Then that Sync gets a ReadyForQuery of its own. Which one came first makes no
// difference; the one too many comes when a query has no response yet, or nothing is pending.
void response_queue::ready() {
    expected_response* const completed = front();
    const bool is_due =
        completed != nullptr && completed->ends_with_ready() &&
        (completed->kind == request_kind::sync || completed->has_begun || optional_syncs_ == 0);
    if (is_due) {
        pop();
    } else if (optional_syncs_ > 0) {
        --optional_syncs_;
        is_skipping_ = false;
    }
}

}  // namespace dsql_local
