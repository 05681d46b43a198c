// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/arguments.hpp>
#include <dsql/result.hpp>

#include "pg/io/operation.hpp"

#include <cstddef>
#include <optional>
#include <vector>

struct pg_conn;
struct pg_result;

namespace dsql::pg {

/// One message group of a pipeline. Texts are borrowed until the command has been queued.
struct pipeline_command {
    enum class kind {
        close,     ///< forget the prepared statement `name`
        prepare,   ///< prepare `sql` as `name`, with the types of `values`
        describe,  ///< say what the prepared statement `name` takes and returns
        execute,   ///< run the prepared statement `name`, or `sql` where `name` is empty
    };

    kind what = kind::execute;
    const char* name = "";
    const char* sql = "";
    detail::argument_view values{};
    /// Which statement of the batch it is for.
    std::size_t statement = 0;
};

/// Supplies the commands of a pipeline, one at a time, while it is being sent.
class command_source {
public:
    command_source() = default;
    command_source(const command_source&) = delete;
    command_source& operator=(const command_source&) = delete;
    virtual ~command_source() = default;

    /// Sets the next command; false when there are no more.
    [[nodiscard]] virtual bool next(pipeline_command& command) = 0;
};

/// Runs commands in libpq's pipeline mode, with one synchronisation at the end: sends while it
/// reads, and holds no more unsent than a piece of 64 KiB and one command.
/// Source: PostgreSQL, "libpq: Pipeline Mode".
class pipeline_operation final : public operation {
public:
    /// Enters pipeline mode. Throws `error` when the connection is in the middle of something.
    /// `commands` outlives this.
    pipeline_operation(pg_conn* handle, command_source& commands);

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// Leaves pipeline mode, after `done`. Returns false when the connection is broken.
    [[nodiscard]] bool finish();

    /// The answers to the `execute` and `describe` commands that ran, in their order.
    [[nodiscard]] std::vector<result>& results() noexcept { return results_; }
    /// The error report of the command that failed, and which of the commands it was; after
    /// `done`.
    [[nodiscard]] const std::optional<result>& failure() const noexcept { return failure_; }
    [[nodiscard]] std::size_t failed_command() const noexcept { return answered_at_failure_; }
    /// How many commands have been sent.
    [[nodiscard]] std::size_t queued() const noexcept { return kinds_.size(); }

private:
    [[nodiscard]] bool send();
    [[nodiscard]] bool queue_piece();
    [[nodiscard]] int queue(const pipeline_command& command);
    void read_results();
    void end_command();
    void keep(pg_result* next);
    void keep_of_command(result next);

    pg_conn* handle_;
    command_source& commands_;
    std::vector<pipeline_command::kind> kinds_{};  // of what has been queued
    std::size_t answered_ = 0;
    bool has_result_ = false;  // the command that is being answered
    std::vector<result> results_{};
    std::optional<result> failure_{};
    std::size_t answered_at_failure_ = 0;
    bool all_queued_ = false;  // the synchronisation included
    bool all_sent_ = false;
    bool synchronised_ = false;
    bool broken_ = false;
};

}  // namespace dsql::pg
