// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace dsql_local {

/// Knows whether statements of a kind were running at a time. Thread-safe.
class activity_watch {
public:
    void begin() noexcept {
        ++running_;
        ++changes_;
    }
    void end() noexcept {
        ++changes_;
        --running_;
    }
    std::uint64_t running() const noexcept { return running_; }
    std::uint64_t changes() const noexcept { return changes_; }
    /// Whether such a statement ran at any time since changes() returned `before`.
    bool was_active_since(std::uint64_t before) const noexcept {
        return running_ != 0 || changes_ != before;
    }

private:
    std::atomic<std::uint64_t> running_{0};
    std::atomic<std::uint64_t> changes_{0};
};

/// Tells a watch, while it exists, that a statement is running.
class running_statement {
public:
    explicit running_statement(std::shared_ptr<activity_watch> watch) : watch_(std::move(watch)) {
        watch_->begin();
    }
    running_statement(running_statement&&) noexcept = default;
    running_statement& operator=(running_statement&&) = delete;
    ~running_statement() {
        if (watch_) {
            watch_->end();
        }
    }

private:
    std::shared_ptr<activity_watch> watch_;
};

/// What other sessions do to the schema, as one session sees it. Not thread-safe: only the thread
/// of that session may use it.
class foreign_schema_changes {
public:
    /// A statement of this session that changes the schema, until its transaction ends.
    struct own_change {
        running_statement of_all;
        running_statement of_this;
    };

    explicit foreign_schema_changes(std::shared_ptr<activity_watch> all) : all_(std::move(all)) {
        forget();
    }

    own_change begin_own() const { return {running_statement(all_), running_statement(own_)}; }

    /// Whether another session may have changed the schema since forget().
    bool are_possible() const noexcept {
        return all_->running() != own_->running() || changes() != seen_;
    }
    void forget() noexcept { seen_ = changes(); }

private:
    std::uint64_t changes() const noexcept { return all_->changes() - own_->changes(); }

    std::shared_ptr<activity_watch> all_;
    std::shared_ptr<activity_watch> own_ = std::make_shared<activity_watch>();
    std::uint64_t seen_ = 0;
};

}  // namespace dsql_local
