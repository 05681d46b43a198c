// SPDX-License-Identifier: Apache-2.0
#include "pg/exchange/pipeline_operation.hpp"

#include "pg/error_report.hpp"
#include "pg/exchange/stream_operations.hpp"
#include "pg/io/input.hpp"
#include "pg/io/operation.hpp"
#include "pg/libpq_version.hpp"

#include <libpq-fe.h>

#include <cstring>
#include <string>
#include <utility>

namespace dsql::pg {

namespace {

// The approximate size of a command's messages without its text and values, in bytes.
constexpr std::size_t command_overhead = 64;

// The most pieces that one step sends. The step of a large batch would otherwise last as long as
// the network accepts more, and keep the other calls of its thread waiting.
constexpr int most_pieces_of_step = 4;

std::size_t size_of(const pipeline_command& command) {
    std::size_t size = command_overhead + std::strlen(command.sql);
    if (command.what != pipeline_command::kind::execute) {
        return size;
    }
    for (int i = 0; i < command.values.count; ++i) {
        size += static_cast<std::size_t>(command.values.lengths[i]) + sizeof(int);
    }
    return size;
}

[[noreturn]] void throw_out_of_step() {
    // Also if libpq had no memory for one of them.
    throw lost_exchange("the results that came do not match the statements that were sent");
}

}  // namespace

pipeline_operation::pipeline_operation(pg_conn* handle, command_source& commands)
    : handle_(handle), commands_(commands) {
    reset_result_mode(handle);
    if (PQenterPipelineMode(handle) == 0) {
        throw error(std::string("a batch cannot be begun: ") + last_message(handle));
    }
}

// Sends and reads in turns. If results were not read while statements are sent, the server would
// stop reading statements once its output is blocked.
wait_for pipeline_operation::step() {
    const bool was_sent = std::exchange(all_sent_, all_sent_ || send());
    if (all_sent_ && !was_sent && !broken_) {
        return wait_for::readable;  // the last result cannot have arrived yet
    }
    if (!consume_input(handle_)) {
        broken_ = true;
    }
    read_results();
    if (synchronised_ || broken_) {
        return wait_for::done;
    }
    return all_sent_ ? wait_for::readable : wait_for::readable_or_writable;
}

// Sends as much as the network accepts now and a step may send. Returns true if everything was sent
// or the connection is broken.
bool pipeline_operation::send() {
    for (int pieces = 0;; ++pieces) {
        const int unsent = PQflush(handle_);
        if (unsent != 0) {
            broken_ = unsent < 0;
            return broken_;
        }
        if (all_queued_) {
            return true;
        }
        if (pieces == most_pieces_of_step) {
            return false;
        }
        if (!queue_piece()) {
            broken_ = true;
            return true;
        }
    }
}

// Hands the next piece of the pipeline to libpq. Returns false if libpq fails. Commands after a
// failed one are not sent, because the server would skip them.
bool pipeline_operation::queue_piece() {
    pipeline_command command;
    for (std::size_t queued = 0; queued < flush_threshold; queued += size_of(command)) {
        if (failure_ || !commands_.next(command)) {
            all_queued_ = PQpipelineSync(handle_) != 0;
            return all_queued_;
        }
        if (queue(command) == 0) {
            return false;
        }
        kinds_.push_back(command.what);
    }
    return true;
}

int pipeline_operation::queue(const pipeline_command& command) {
    const detail::argument_view& values = command.values;
    switch (command.what) {
        case pipeline_command::kind::close:
            return send_close_prepared(handle_, command.name);
        case pipeline_command::kind::prepare:
            return PQsendPrepare(handle_, command.name, command.sql, values.count, values.types);
        case pipeline_command::kind::describe:
            return PQsendDescribePrepared(handle_, command.name);
        case pipeline_command::kind::execute:
            break;
    }
    if (*command.name == '\0') {
        return PQsendQueryParams(handle_, command.sql, values.count, values.types, values.values,
                                 values.lengths, values.formats, 1);
    }
    return PQsendQueryPrepared(handle_, command.name, values.count, values.values, values.lengths,
                               values.formats, 1);
}

void pipeline_operation::read_results() {
    // After the results of all queued commands, PQgetResult would return null again and again.
    while (!synchronised_ && (answered_ < kinds_.size() || all_queued_) && !is_busy(handle_)) {
        pg_result* const next = PQgetResult(handle_);
        if (next != nullptr) {
            keep(next);
        }
        if (PQstatus(handle_) == CONNECTION_BAD) {
            broken_ = true;
            return;
        }
        if (next == nullptr) {
            end_command();
        }
    }
}

// Each command must have exactly one result. Otherwise a statement would get the result of another.
void pipeline_operation::end_command() {
    if (answered_ == kinds_.size()) {
        return;  // follows an error of the synchronization itself
    }
    if (!std::exchange(has_result_, false)) {
        throw_out_of_step();
    }
    ++answered_;
}

void pipeline_operation::keep(pg_result* next) {
    result owned(next);
    const ExecStatusType status = PQresultStatus(next);
    if (status == PGRES_PIPELINE_SYNC) {
        synchronised_ = true;
        if (answered_ != kinds_.size()) {
            throw_out_of_step();
        }
    } else if (is_copy(next)) {
        throw exchange_error(
            "COPY cannot be run as a statement, see copy_in and copy_out; the connection has been "
            "closed");
    } else {
        keep_of_command(std::move(owned));
    }
}

void pipeline_operation::keep_of_command(result next) {
    const ExecStatusType status = PQresultStatus(next.native_handle());
    if (is_failure(next.native_handle())) {
        has_result_ = true;
        if (!failure_) {
            failure_ = std::move(next);
            answered_at_failure_ = answered_;
        }
        return;
    }
    if (answered_ == kinds_.size() || is_piece_of_stream(status) ||
        (status == PGRES_PIPELINE_ABORTED && !failure_) || std::exchange(has_result_, true)) {
        throw_out_of_step();
    }
    if (status != PGRES_PIPELINE_ABORTED &&
        (kinds_[answered_] == pipeline_command::kind::execute ||
         kinds_[answered_] == pipeline_command::kind::describe)) {
        results_.push_back(std::move(next));
    }
}

int pipeline_operation::socket() const {
    return PQsocket(handle_);
}

bool pipeline_operation::finish() {
    return !broken_ && PQexitPipelineMode(handle_) != 0;
}

}  // namespace dsql::pg
