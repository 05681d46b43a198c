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

/// One command of a pipeline. Its texts and values must remain valid until it has been queued.
struct pipeline_command {
    enum class kind {
        close,     ///< close the prepared statement `name`
        prepare,   ///< prepare `sql` as `name`, with the types of `values`
        describe,  ///< describe the parameters and columns of `name`
        execute,   ///< run the prepared statement `name`, or `sql` if `name` is empty
    };

    kind what = kind::execute;
    const char* name = "";
    const char* sql = "";
    detail::argument_view values{};
    /// The index in the batch of the statement that this command belongs to.
    std::size_t statement = 0;
};

/// Supplies the commands of a pipeline, one at a time, while it is being sent.
class command_source {
public:
    command_source() = default;
    command_source(const command_source&) = delete;
    command_source& operator=(const command_source&) = delete;
    virtual ~command_source() = default;

    /// Sets `command` to the next command. Returns false when there are no more.
    [[nodiscard]] virtual bool next(pipeline_command& command) = 0;
};

}  // namespace dsql::pg

struct pg_conn;
struct pg_result;

namespace dsql::pg {

/// Runs commands in libpq's pipeline mode, with one synchronization at the end. Reads results while
/// it sends. At most about 64 KiB and one command wait to be sent.
/// Source: PostgreSQL, "libpq: Pipeline Mode".
class pipeline_operation final : public operation {
public:
    /// Enters pipeline mode. Throws `error` if the connection is busy. `commands` must outlive this
    /// object.
    pipeline_operation(pg_conn* handle, command_source& commands);

    wait_for step() override;
    [[nodiscard]] int socket() const override;

    /// Leaves pipeline mode. Call it after `done`. Returns false if the connection is broken.
    [[nodiscard]] bool finish();

    /// The results of the `execute` and `describe` commands that succeeded, in order.
    [[nodiscard]] std::vector<result>& results() noexcept { return results_; }
    /// After `done`: the error of the command that failed, and the index of that command. The index
    /// is the number of commands if the commit at the end failed.
    [[nodiscard]] const std::optional<result>& failure() const noexcept { return failure_; }
    [[nodiscard]] std::size_t failed_command() const noexcept { return answered_at_failure_; }
    /// The number of commands that have been handed to libpq.
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
    std::vector<pipeline_command::kind> kinds_{};  // of the queued commands
    std::size_t answered_ = 0;
    bool has_result_ = false;  // of the command whose result is read
    std::vector<result> results_{};
    std::optional<result> failure_{};
    std::size_t answered_at_failure_ = 0;
    bool all_queued_ = false;  // including the synchronization
    bool all_sent_ = false;
    bool synchronised_ = false;
    bool broken_ = false;
};

}  // namespace dsql::pg
