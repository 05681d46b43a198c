// SPDX-License-Identifier: Apache-2.0
#include "load/progress.hpp"

#include "command_line/wrap.hpp"
#include "format.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <utility>

namespace dsql_cli::load {

namespace {

constexpr std::size_t widest_bar = 30;
constexpr std::size_t usual_width = 80;

std::string rounded(double value, int decimals) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return text.data();
}

// 1234567 as "1 234 567".
std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) {
        digits.insert(at - 3, 1, ' ');
    }
    return digits;
}

std::string clock_time(double seconds) {
    const auto whole = std::llround(seconds);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
    return text.data();
}

std::string bar_of(double percent, std::size_t width) {
    const auto filled =
        std::min(width, static_cast<std::size_t>(percent / 100 * static_cast<double>(width)));
    std::string bar(1, '[');
    bar.append(filled, '#').append(width - filled, '.').append("] ");
    return bar;
}

std::string figures_of(const progress_report& report) {
    std::string line = grouped(report.rows) + " rows, " +
                       grouped(static_cast<std::int64_t>(report.rows_per_second)) + " rows/s";
    if (report.eta_seconds && !report.is_done) {
        line += ", ETA " + clock_time(*report.eta_seconds);
    }
    line += ", retries " + grouped(report.retries) + ", rejected " + grouped(report.rejected);
    if (report.estimated_dpu) {
        line += ", DPU ~" + rounded(*report.estimated_dpu, 1);
    }
    return line;
}

// Not through std::cerr, which shows no control sequence (harmless_output). Here all text is made
// of plain characters.
void write_to_terminal(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

std::string as_json(const progress_report& report) {
    nlohmann::ordered_json line;
    line["file"] = report.file;
    line["rows"] = report.rows;
    line["rows_per_second"] = static_cast<std::int64_t>(report.rows_per_second);
    const auto set_optional = [&line](const char* name, const std::optional<double>& value) {
        line[name] = value ? nlohmann::ordered_json(std::round(*value * 10) / 10)
                           : nlohmann::ordered_json(nullptr);
    };
    set_optional("percent", report.percent);
    set_optional("eta_seconds", report.eta_seconds);
    line["retries"] = report.retries;
    line["rejected"] = report.rejected;
    set_optional("estimated_dpu", report.estimated_dpu);
    line["done"] = report.is_done;
    return escape_controls(
        line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

std::string as_bar(const progress_report& report, std::size_t width) {
    std::string line = to_single_line(report.file) + ": ";
    const std::string figures = figures_of(report);
    if (report.percent) {
        line += rounded(*report.percent, 0) + " % ";
        const std::size_t used = line.size() + figures.size() + 4;
        if (width > used + 8) {
            line += bar_of(*report.percent, std::min(widest_bar, width - used));
        }
    }
    line += figures;
    return line.substr(0, width > 1 ? width - 1 : 0);
}

progress_display::progress_display(progress_style style,
                                   std::function<progress_report()> take_report)
    : style_(style), take_report_(std::move(take_report)) {
    if (style_ != progress_style::none) {
        thread_ = std::thread([this] { show_until_end(); });
    }
}

progress_display::~progress_display() {
    if (!thread_.joinable()) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    end_.notify_all();
    thread_.join();
    show(take_report_());
    if (style_ == progress_style::bar) {
        write_to_terminal("\n");
    }
}

void progress_display::show_until_end() {
    const std::chrono::milliseconds pause(style_ == progress_style::bar ? 200 : 1000);
    std::unique_lock lock(mutex_);
    while (!end_.wait_for(lock, pause, [this] { return is_over_; })) {
        show(take_report_());
    }
}

void progress_display::show(const progress_report& report) const {
    if (style_ == progress_style::json) {
        write_to_terminal(as_json(report) + "\n");
        return;
    }
    // To the first column, then clear the line.
    const std::size_t width = command_line::terminal_width(STDERR_FILENO);
    std::string line("\r\x1b[2K");
    line += as_bar(report, width == 0 ? usual_width : width);
    write_to_terminal(line);
}

}  // namespace dsql_cli::load
