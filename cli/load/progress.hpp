// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace dsql_cli::load {

/// What a load has done so far. Counted up by its threads.
struct load_counters {
    std::atomic<std::int64_t> rows{0};              ///< loaded by this run
    std::atomic<std::int64_t> earlier_rows{0};      ///< loaded by a run before this one
    std::atomic<std::int64_t> unknown_outcomes{0};  ///< commits whose outcome was looked up
    std::atomic<std::uint64_t> position{0};         ///< in the file: what is before was dealt with
    std::atomic<std::uint64_t> start{0};            ///< the position at which this run began
    std::atomic<double> dpu_per_row{0};             ///< 0: not known
};

/// A load at one moment, for people and programs.
struct progress_report {
    std::string file{};
    std::int64_t rows = 0;  ///< in the table, those of earlier runs included
    double rows_per_second = 0;
    std::optional<double> percent{};  ///< of the file; none if its size is not known
    std::optional<double> eta_seconds{};
    std::int64_t retries = 0;
    std::int64_t rejected = 0;
    std::optional<double> estimated_dpu{};
    bool is_done = false;
};

/// One line of JSON, without a line break.
[[nodiscard]] std::string as_json(const progress_report& report);
/// A line for a terminal of that width, with a bar if there is room for one.
[[nodiscard]] std::string as_bar(const progress_report& report, std::size_t width);

/// How progress is shown.
enum class progress_style {
    bar,   ///< a line on a terminal that is replaced five times a second
    json,  ///< a line of JSON each second
    none
};

/// Shows the progress of a load on standard error, from a thread of its own, until it is destroyed.
class progress_display {
public:
    /// `take_report` is called from the thread.
    progress_display(progress_style style, std::function<progress_report()> take_report);
    /// Shows the last report, unless `style` is `none`.
    ~progress_display();
    progress_display(const progress_display&) = delete;
    progress_display& operator=(const progress_display&) = delete;

private:
    void show_until_end();
    void show(const progress_report& report) const;

    progress_style style_;
    std::function<progress_report()> take_report_;
    std::mutex mutex_{};
    std::condition_variable end_{};
    bool is_over_ = false;  // guarded by mutex_
    std::thread thread_{};
};

}  // namespace dsql_cli::load
