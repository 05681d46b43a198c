// SPDX-License-Identifier: Apache-2.0
// Logs what connections and pools do, with spdlog. Copy this file to your project:
//
//     const auto log = spdlog::stdout_color_mt("dsql");
//     dsql::pool pool({.host = host,
//                      .on_notice = log_notices(log),
//                      .observer = std::make_shared<spdlog_observer>(log)});
//
// Lines have the place of the call in your program, which spdlog's patterns show with %@. They
// contain no secrets and no values of parameters. The text of a statement is in them as your
// program wrote it.
#pragma once

#include <dsql/dsql.hpp>

#include <spdlog/fmt/fmt.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

/// A text in one line, truncated to `max_size` bytes. Errors may have several lines, and a log
/// must not show the second one as a line of its own.
struct one_line {
    static constexpr std::size_t max_size = 1000;
    std::string_view text{};
};

/// Formats a `one_line` when spdlog formats the log line, so a line below the log's level costs
/// nothing.
template <>
struct fmt::formatter<one_line> {
    /// There are no options.
    static constexpr auto parse(format_parse_context& context) { return context.begin(); }

    /// Replaces control characters by spaces, and truncates between two characters of UTF-8.
    static auto format(const one_line& line, format_context& context) {
        std::size_t size = std::min(line.text.size(), one_line::max_size);
        while (size < line.text.size() && size > 0 && is_continuation_byte(line.text[size])) {
            --size;
        }
        auto out = context.out();
        for (const char c : line.text.substr(0, size)) {
            *out++ = is_control_character(c) ? ' ' : c;
        }
        return size < line.text.size() ? fmt::format_to(out, "...") : out;
    }

private:
    static constexpr bool is_control_character(char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    }
    static constexpr bool is_continuation_byte(char c) {
        return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    }
};

/// Logs by level:
///
/// - error: a token or credentials could not be made or renewed
/// - warning: a failed connect, acquire or statement, and slow ones
/// - info: conflicts and retries
/// - debug: everything else
///
/// Its functions may be called on several threads at once, so the logger must be of spdlog's
/// thread-safe kind (`..._mt`). They do not throw: spdlog reports its own errors to its error
/// handler.
class spdlog_observer : public dsql::observer {
public:
    /// Acquires and statements that take longer than `slow` are warnings.
    explicit spdlog_observer(std::shared_ptr<spdlog::logger> log,
                             std::chrono::nanoseconds slow = std::chrono::milliseconds(500))
        : log_(std::move(log)), slow_(slow) {}

    span connect_started(const dsql::connect_event& event) noexcept override {
        log_->debug("connecting to {} as {}", one_line{event.host}, one_line{event.user});
        return now();
    }
    void connect_ended(span started, const std::exception* error) noexcept override {
        if (error == nullptr) {
            log_->debug("connected in {:.1f} ms", milliseconds(time_since(started)));
        } else {
            log_->warn("connect failed after {:.1f} ms: {}", milliseconds(time_since(started)),
                       one_line{error->what()});
        }
    }

    span acquire_started(const dsql::acquire_event&) noexcept override { return now(); }
    void acquire_ended(span started, const std::exception* error) noexcept override {
        const std::chrono::nanoseconds took = time_since(started);
        if (error != nullptr) {
            log_->warn("no connection after {:.1f} ms: {}", milliseconds(took),
                       one_line{error->what()});
        } else if (took > slow_) {
            log_->warn("waited {:.1f} ms for a connection", milliseconds(took));
        }
    }

    void released(const dsql::release_event& event) noexcept override {
        if (!event.kept) {
            log_->debug("a connection was closed when it was returned");
        }
    }

    void query_ended(span, const dsql::query_end_event& ended) noexcept override {
        const spdlog::source_loc where = source_of(ended.where);
        const double took = milliseconds(ended.duration);
        if (ended.error != nullptr) {
            log_failed_statement(where, took, ended);
        } else if (ended.duration > slow_) {
            log_->log(where, spdlog::level::warn, "slow, {:.1f} ms, {} rows: {}", took, ended.rows,
                      one_line{ended.sql});
        } else {
            log_->log(where, spdlog::level::debug, "{:.1f} ms, {} rows: {}", took, ended.rows,
                      one_line{ended.sql});
        }
    }

    span token_refresh_started() noexcept override { return now(); }
    void token_refresh_ended(span started, const std::exception* error) noexcept override {
        if (error == nullptr) {
            log_->debug("signed a token in {:.1f} ms", milliseconds(time_since(started)));
        } else {
            log_->error("no token: {}", one_line{error->what()});
        }
    }
    void credentials_refresh_failed(
        const dsql::credentials_refresh_event& event) noexcept override {
        using std::chrono::seconds;
        const auto from_now = [now = std::chrono::system_clock::now()](auto time) {
            return std::chrono::duration_cast<seconds>(time - now).count();
        };
        log_->error("AWS credentials were not renewed: {}; the next attempt is in {} s",
                    one_line{event.reason}, from_now(event.next_attempt));
        if (event.expiration) {
            log_->error("the AWS credentials in use expire in {} s", from_now(*event.expiration));
        }
    }

    void retrying(const dsql::retry_event& event) noexcept override {
        log_->log(source_of(event.where), spdlog::level::info,
                  "{} failed, attempt {}; the next one is in {} ms: {}", to_string(event.operation),
                  event.attempt, event.wait.count(), one_line{event.reason});
    }

private:
    // The span of a connect, an acquire or a token is the time of its start, so nothing has to be
    // stored until its end.
    static span now() noexcept {
        return static_cast<span>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
    }
    static std::chrono::nanoseconds time_since(span started) noexcept {
        return std::chrono::nanoseconds(now() - started);
    }
    static double milliseconds(std::chrono::nanoseconds time) noexcept {
        return std::chrono::duration<double, std::milli>(time).count();
    }
    static spdlog::source_loc source_of(const dsql::source_location& where) noexcept {
        return {where.file_name(), static_cast<int>(where.line()), where.function_name()};
    }

    // An error of the server is logged by its code and its message: its text would have the
    // statement a second time.
    void log_failed_statement(const spdlog::source_loc& where, double took,
                              const dsql::query_end_event& ended) noexcept {
        const auto* const rejected = dynamic_cast<const dsql::server_error*>(ended.error);
        const bool conflict = dynamic_cast<const dsql::occ_conflict*>(ended.error) != nullptr;
        log_->log(where, conflict ? spdlog::level::info : spdlog::level::warn,
                  "failed after {:.1f} ms: {}{}{}: {}", took,
                  rejected == nullptr ? std::string_view() : rejected->sqlstate(),
                  rejected == nullptr ? "" : " ",
                  one_line{rejected == nullptr ? std::string_view(ended.error->what())
                                               : rejected->fields().message},
                  one_line{ended.sql});
    }

    std::shared_ptr<spdlog::logger> log_;
    std::chrono::nanoseconds slow_;
};

/// Logs the server's notices, for `config::on_notice`: a WARNING as a warning, others as info.
inline dsql::notice_handler log_notices(std::shared_ptr<spdlog::logger> log) {
    return [log = std::move(log)](const dsql::server_error_fields& notice) {
        log->log(notice.severity == "WARNING" ? spdlog::level::warn : spdlog::level::info, "{}: {}",
                 one_line{notice.severity}, one_line{notice.message});
    };
}
