// SPDX-License-Identifier: Apache-2.0
#include "load/load_file.hpp"

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>
#include <dsql/explain_dpu.hpp>
#include <dsql/uuid.hpp>

#include "load/chunk_loader.hpp"
#include "load/chunk_queue.hpp"
#include "load/chunk_reader.hpp"
#include "load/column_arrays.hpp"
#include "load/file_columns.hpp"
#include "load/progress.hpp"
#include "load/row_writer.hpp"
#include "load/source_file.hpp"
#include "load/verify.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace dsql_cli::load {

namespace {

using clock = std::chrono::steady_clock;
using json = nlohmann::ordered_json;

const char* header_word(header_use use) {
    return use == header_use::match ? "match" : use == header_use::yes ? "yes" : "no";
}

json describe(const source_file& file, const load_options& options, const dialect& used,
              const std::vector<table_column>& columns) {
    json description{{"file", file.path},
                     {"size", file.size},
                     {"modified", file.modified},
                     {"head_sha256", file.head_sha256},
                     {"format", copy_options(used)},
                     {"header", header_word(options.header)},
                     {"rows_per_transaction", options.size.rows},
                     {"bytes_per_transaction", options.size.bytes}};
    for (const table_column& each : columns) {
        description["columns"].push_back(each.name);
    }
    return description;
}

std::string as_text(const json& description) {
    return description.dump(-1, ' ', false, json::error_handler_t::replace);
}

// What a load that goes on must have in common with its beginning, and what it means if not.
struct constant_property {
    const char* key;
    const char* problem;
};
// By these, a file is the same one.
constexpr std::array<constant_property, 3> file_properties{{
    {"size", "the file has changed since (its size)"},
    {"modified", "the file has changed since (its time of modification)"},
    {"head_sha256", "the file has changed since (its first 64 KiB)"},
}};
constexpr std::array<constant_property, 5> option_properties{{
    {"format", "the format was another one (--format, --delimiter, --quote, --escape, --null)"},
    {"header", "--header was another one"},
    {"columns", "the columns were others"},
    {"rows_per_transaction", "--rows-per-transaction was another one"},
    {"bytes_per_transaction", "--bytes-per-transaction was another one"},
}};

// The first of the properties that are not what they were; null if there is none.
const char* difference(const std::string& began, const json& now,
                       std::span<const constant_property> properties) {
    const json before = json::parse(began, nullptr, false);
    for (const constant_property& each : properties) {
        if (before.is_discarded() || !before.contains(each.key) ||
            before[each.key] != now[each.key]) {
            return each.problem;
        }
    }
    return nullptr;
}

// What the table had before the load began, if it is recorded.
std::optional<row_checksum> recorded_checksum(const std::string& description) {
    const json recorded = json::parse(description, nullptr, false);
    if (recorded.is_discarded() || !recorded.contains("rows_before")) {
        return std::nullopt;
    }
    return row_checksum{.rows = recorded.value("rows_before", std::int64_t{0}),
                        .sum = recorded.value("sum_before", std::uint64_t{0})};
}

// The load of one file.
class file_load {
public:
    file_load(const load_context& context, const std::string& path)
        : context_(context),
          file_(inspect_file(path)),
          dialect_(dialect_for(context.options.format, path)),
          source_(open_source(path)),
          reader_(std::make_unique<chunk_reader>(*source_, file_.shown(), dialect_,
                                                 context.options.size)),
          columns_(
              columns_of_file(context.options, context.table, *reader_, dialect_, file_.shown())),
          load_{.id = file_.is_standard_input()
                          ? dsql::uuid::random().to_string()
                          : sha256_hex(std::to_string(context.table.oid) + '\n' + file_.path)} {
        reader_->expect_columns(columns_.size());
    }

    load_result run() {
        if (std::optional<load_result> complete = begin()) {
            return *complete;
        }
        const clock::time_point started = clock::now();
        started_ = started;
        {
            const progress_display display(context_.options.progress, [this] { return report(); });
            try {
                load_chunks();
            } catch (const ended_elsewhere&) {
                return ended_by_another();
            }
            require_unchanged("the table may have rows of both states of it");
            is_done_ = true;
        }
        const double seconds = std::chrono::duration<double>(clock::now() - started).count();
        verify();
        return finish(seconds);
    }

private:
    // Records the beginning, or finds how far a run before got. Returns the result if the load is
    // complete.
    std::optional<load_result> begin() {
        const json description = describe(file_, context_.options, dialect_, columns_);
        std::optional<load_record> record = context_.ledger.find(load_.id);
        if (record && !record->is_complete && context_.options.again &&
            problem_of(record->description, description) != nullptr) {
            context_.ledger.forget_unused({.id = load_.id, .generation = record->generation});
            record = context_.ledger.find(load_.id);
        }
        bool has_begun = false;
        while (!record || record->is_complete) {
            if (record && (has_begun || !context_.options.again) &&
                difference(record->description, description, file_properties) == nullptr) {
                return load_result{.complete_since = record->changed_at,
                                   .is_of_another_process = has_begun};
            }
            if (record) {
                require_unchanged("nothing was loaded");  // that record may be of its new state
            }
            // What another process loads from now on is not loaded once more, also with --again.
            has_begun = true;
            record =
                context_.ledger.begin(load_.id, as_text(with_table_before(description)), record);
        }
        load_.generation = record->generation;
        require_same(record->description, description);
        before_ = recorded_checksum(record->description);
        resume();
        return std::nullopt;
    }

    // Records also what the table has before the load, if it is to be verified.
    json with_table_before(json description) const {
        if (context_.options.verify != verification::none) {
            const row_checksum before = checksum_of_the_table();
            description["rows_before"] = before.rows;
            description["sum_before"] = before.sum;
        }
        return description;
    }

    [[nodiscard]] row_checksum checksum_of_the_table() const {
        return checksum_of_table(context_.pool, context_.table.name, columns_,
                                 context_.options.verify == verification::full);
    }

    // Why a load that was begun cannot go on; null if it can.
    static const char* problem_of(const std::string& began, const json& now) {
        const char* const problem = difference(began, now, file_properties);
        return problem != nullptr ? problem : difference(began, now, option_properties);
    }

    void require_same(const std::string& began, const json& now) const {
        const char* const problem = problem_of(began, now);
        if (problem == nullptr) {
            return;
        }
        const std::string ledger =
            table_name{.schema = context_.table.name.schema, .table = ledger_table}.quoted();
        throw std::runtime_error(
            file_.shown() + ": a load of this file into " + context_.table.name.shown() +
            " is not complete, and cannot go on: " + problem + ". " +
            (context_.ledger.chunks(load_).empty()
                 ? "No row of it was loaded: --again begins anew, if no other process loads it"
                 : "Restore it, or remove the rows that were loaded and forget the load: DELETE "
                   "FROM " +
                       ledger + " WHERE load = '" + load_.id + "'"));
    }

    // Rows of two states of a file may be in the table otherwise, and nobody would know.
    void require_unchanged(const std::string& consequence) const {
        if (file_.is_standard_input() || inspect_file(file_.path) == file_) {
            return;
        }
        throw std::runtime_error(file_.shown() + " has changed since this load began; " +
                                 consequence + ". Load a file to which nobody writes");
    }

    load_result ended_by_another() const {
        const std::optional<load_record> record = context_.ledger.find(load_.id);
        if (record && record->is_complete) {
            return {.complete_since = record->changed_at, .is_of_another_process = true};
        }
        throw std::runtime_error(file_.shown() +
                                 ": another process has begun to load this file anew");
    }

    void resume() {
        earlier_ = context_.ledger.chunks(load_);
        for (const auto& [number, record] : earlier_) {
            add_to_totals(record.state);
            context_.rejected.count_earlier(record.state.rejected);
        }
        counters_.earlier_rows = totals_.rows;
    }

    void load_chunks() {
        const row_writer writer(context_.table.name, columns_, dialect_,
                                context_.options.on_conflict == conflict_action::skip);
        const chunk_loader loader({.pool = context_.pool,
                                   .ledger = context_.ledger,
                                   .writer = writer,
                                   .rejected = context_.rejected,
                                   .unknown_outcomes = counters_.unknown_outcomes},
                                  load_, file_.shown());
        std::vector<std::thread> workers;
        guarded([&] {
            for (int i = 0; i < context_.options.connections; ++i) {
                workers.emplace_back([&] { guarded([&] { work(loader); }); });
            }
            read_chunks();
        });
        queue_.complete();
        for (std::thread& each : workers) {
            each.join();
        }
        if (failure_) {
            if (file_.is_standard_input()) {
                guarded([&] { context_.ledger.remove(load_); });
            }
            std::rethrow_exception(failure_);
        }
    }

    // Keeps the first exception of all threads, and ends them.
    template <class F>
    void guarded(const F& work) {
        try {
            work();
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!failure_) {
                failure_ = std::current_exception();
            }
            queue_.close();
        }
    }

    void read_chunks() {
        while (std::optional<chunk> next = reader_->next()) {
            estimate_dpu(*next);
            queued_chunk queued{.loaded = std::move(*next), .file_position = source_->consumed()};
            if (const auto found = earlier_.find(queued.loaded.number); found != earlier_.end()) {
                require_same_chunk(queued.loaded, found->second);
                queued.state = found->second.state;
                earlier_.erase(found);
            }
            if (queued.state.done == static_cast<std::int64_t>(queued.loaded.rows())) {
                counters_.start = queued.file_position;
                advance_position(queued.file_position);
            } else if (!queue_.push(std::move(queued))) {
                return;
            }
        }
        if (!earlier_.empty()) {
            throw std::runtime_error(file_.shown() +
                                     " has changed since its load began: it is shorter");
        }
    }

    // Lets DSQL estimate the cost of some rows of the first chunk, in a transaction that is rolled
    // back. Only for the display, so that no error of it matters.
    void estimate_dpu(const chunk& first) {
        constexpr std::size_t most = 100;
        const std::vector<std::size_t> rows = sent_rows(first, 0, std::min(first.rows(), most));
        if (first.number != 0 || rows.empty() ||
            context_.options.progress == progress_style::none) {
            return;
        }
        const row_writer inserter(context_.table.name, columns_, dialect_, true);
        try {
            const dsql::dpu_estimate estimate = dsql::explain_dpu(
                context_.pool, dsql::within(std::chrono::seconds(10)), inserter.statement(),
                column_arrays(first, rows, columns_.size(), dialect_));
            counters_.dpu_per_row = estimate.total / static_cast<double>(rows.size());
        } catch (const dsql::error&) {
            return;
        }
    }

    void require_same_chunk(const chunk& found, const chunk_record& recorded) const {
        if (found.first_byte != recorded.first_byte ||
            static_cast<std::int64_t>(found.data.size()) != recorded.bytes ||
            static_cast<std::int64_t>(found.rows()) != recorded.rows) {
            throw std::runtime_error(file_.shown() + ", line " + std::to_string(found.first_line) +
                                     ": the file has changed since its load began");
        }
    }

    void work(const chunk_loader& loader) {
        while (const std::optional<queued_chunk> next = queue_.pop()) {
            const chunk_state reached = loader.load(next->loaded, next->state);
            const chunk_state added{.done = reached.done - next->state.done,
                                    .rejected = reached.rejected - next->state.rejected,
                                    .skipped = reached.skipped - next->state.skipped};
            counters_.rows += added.done - added.rejected - added.skipped;
            advance_position(next->file_position);
            const std::lock_guard lock(mutex_);
            add_to_totals(added);
        }
    }

    void add_to_totals(const chunk_state& added) {
        totals_.rows += added.done - added.rejected - added.skipped;
        totals_.rejected += added.rejected;
        totals_.skipped += added.skipped;
    }

    void advance_position(std::uint64_t position) {
        std::uint64_t before = counters_.position;
        while (before < position && !counters_.position.compare_exchange_weak(before, position)) {
        }
    }

    void verify() {
        if (context_.options.verify == verification::none) {
            return;
        }
        if (!before_) {
            throw std::runtime_error(
                "--verify: the load was begun without it, so nobody knows what the table had "
                "before; run the command without --verify to end the load");
        }
        row_checksum expected = *before_;
        expected += context_.options.verify == verification::full
                        ? checksum_of_file()
                        : row_checksum{.rows = totals_.rows};
        const row_checksum found = checksum_of_the_table();
        if (found.rows != expected.rows) {
            throw std::runtime_error("--verify: the table has " + std::to_string(found.rows) +
                                     " rows; with those of " + file_.shown() + ", it should have " +
                                     std::to_string(expected.rows) + advice());
        }
        if (context_.options.verify == verification::full && found.sum != expected.sum) {
            throw std::runtime_error("--verify: the values in the table are not those of " +
                                     file_.shown() + ", although their number of rows is right" +
                                     advice());
        }
    }

    static std::string advice() { return "; has another program written to the table meanwhile?"; }

    // Of all rows that were not rejected, by another pass through the file.
    [[nodiscard]] row_checksum checksum_of_file() const {
        const std::unique_ptr<byte_source> source = open_source(file_.path);
        chunk_reader reader(*source, file_.shown(), dialect_, context_.options.size);
        if (context_.options.header != header_use::no) {
            static_cast<void>(reader.read_header());
        }
        reader.expect_columns(columns_.size());
        row_checksum sum;
        while (const std::optional<chunk> part = reader.next()) {
            std::vector<std::size_t> rows = sent_rows(*part, 0, part->rows());
            std::erase_if(rows, [&](std::size_t row) {
                return context_.rejected.has(file_.shown(), part->line_of(row));
            });
            sum += checksum_of_rows(context_.pool, *part, rows, columns_, dialect_);
        }
        return sum;
    }

    load_result finish(double seconds) {
        if (file_.is_standard_input()) {
            context_.ledger.remove(load_);
        } else {
            context_.ledger.complete(load_, totals_);
        }
        return {.rows = totals_.rows,
                .rejected = totals_.rejected,
                .skipped = totals_.skipped,
                .seconds = seconds,
                .rows_of_this_run = counters_.rows,
                .retries = retries(),
                .is_verified = context_.options.verify != verification::none};
    }

    [[nodiscard]] std::int64_t retries() const {
        return context_.pool.stat().occ_retries + counters_.unknown_outcomes;
    }

    // Called by the thread that shows it.
    progress_report report() const {
        const double seconds = std::chrono::duration<double>(clock::now() - started_).count();
        progress_report taken{.file = std::filesystem::path(file_.shown()).filename().string(),
                              .rows = counters_.earlier_rows + counters_.rows,
                              .retries = retries(),
                              .rejected = context_.rejected.count(),
                              .is_done = is_done_};
        const auto rows = static_cast<double>(counters_.rows);
        taken.rows_per_second = seconds > 0 ? rows / seconds : 0;
        if (counters_.dpu_per_row > 0) {
            taken.estimated_dpu = rows * counters_.dpu_per_row;
        }
        add_share(taken, seconds);
        return taken;
    }

    void add_share(progress_report& taken, double seconds) const {
        if (file_.is_standard_input() || file_.size == 0) {
            return;
        }
        const auto size = static_cast<double>(file_.size);
        const auto position = is_done_ ? size : static_cast<double>(counters_.position);
        const auto start = static_cast<double>(counters_.start);
        taken.percent = position / size * 100;
        if (position > start) {
            taken.eta_seconds = seconds * (size - position) / (position - start);
        }
    }

    const load_context& context_;
    const source_file file_;
    const dialect dialect_;
    const std::unique_ptr<byte_source> source_;
    const std::unique_ptr<chunk_reader> reader_;
    const std::vector<table_column> columns_;
    load_key load_;
    std::optional<row_checksum> before_{};            // what the table had
    std::map<std::int64_t, chunk_record> earlier_{};  // of runs before; the reader's
    chunk_queue queue_{2};
    load_counters counters_{};
    clock::time_point started_{};
    std::atomic<bool> is_done_{false};
    std::mutex mutex_{};
    load_totals totals_{};          // guarded by mutex_
    std::exception_ptr failure_{};  // guarded by mutex_
};

}  // namespace

load_result load_file(const load_context& context, const std::string& path) {
    return file_load(context, path).run();
}

}  // namespace dsql_cli::load
