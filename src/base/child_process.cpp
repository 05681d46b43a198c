// SPDX-License-Identifier: Apache-2.0
#include "base/child_process.hpp"

#include "base/secret.hpp"
#include "base/shell_child.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

namespace dsql::detail {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Keeps the first bytes read from a pipe.
class output_collector {
public:
    output_collector(secret_string& text, std::size_t limit) : text_(text), limit_(limit) {
        text_.reserve(std::min<std::size_t>(limit, 16'384));
    }
    void add(std::string_view more) {
        const std::size_t room = limit_ - text_.size();
        text_.append(more.substr(0, room));
        is_too_long_ = is_too_long_ || more.size() > room;
    }
    [[nodiscard]] bool is_too_long() const noexcept { return is_too_long_; }

private:
    secret_string& text_;
    std::size_t limit_;
    bool is_too_long_ = false;
};

// Keeps the last bytes read from a pipe.
class tail_collector {
public:
    tail_collector(child_result& result, std::size_t limit) : result_(result), limit_(limit) {}
    void add(std::string_view more) {
        secret_string& text = result_.errors;
        text.append(more);
        if (text.size() > limit_) {
            text = secret_string(std::string_view(text).substr(text.size() - limit_));
            result_.errors_are_cut = true;
        }
    }

private:
    child_result& result_;
    std::size_t limit_;
};

// Reads what a pipe has, without waiting.
enum class pipe_state { open, at_end };

template <class Collector>
pipe_state read_available(const file_descriptor& pipe, Collector& collector) {
    std::array<char, 4'096> part{};
    // The loop is bounded, so that a child that never stops writing cannot delay the check of the
    // deadline.
    for (std::size_t total = 0; total < 1'048'576;) {
        const ssize_t size = read(pipe.get(), part.data(), part.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            cleanse(part.data(), part.size());
            return size == 0 ? pipe_state::at_end : pipe_state::open;
        }
        collector.add({part.data(), static_cast<std::size_t>(size)});
        total += static_cast<std::size_t>(size);
    }
    cleanse(part.data(), part.size());
    return pipe_state::open;
}

// Watches a child until it exits or must be killed.
class watch {
public:
    watch(const shell_child& child, const child_limits& limits, child_result& result)
        : child_(child),
          deadline_(steady_clock::now() + limits.time),
          output_(result.output, limits.output),
          errors_(result, limits.errors),
          errors_state_(child.errors().is_open() ? pipe_state::open : pipe_state::at_end) {}

    // Empty when the child exited by itself.
    std::optional<child_end> until_end(const std::stop_token& stop) {
        for (;;) {
            const bool has_ended =
                child_.has_ended();  // asked before reading, so that the pipes hold all its output
            read_pipes();
            if (output_.is_too_long()) {
                return child_end::too_much_output;
            }
            if (has_ended) {
                return child_.wants_terminal() ? std::optional(child_end::wants_terminal)
                                               : std::nullopt;
            }
            if (stop.stop_requested()) {
                return child_end::stopped;
            }
            const auto left = deadline_ - steady_clock::now();
            if (left <= steady_clock::duration::zero()) {
                return child_end::timed_out;
            }
            wait(std::chrono::ceil<milliseconds>(left));
        }
    }

private:
    void read_pipes() {
        if (output_state_ == pipe_state::open) {
            output_state_ = read_available(child_.output(), output_);
        }
        if (errors_state_ == pipe_state::open) {
            errors_state_ = read_available(child_.errors(), errors_);
        }
    }

    void wait(milliseconds longest) const {
        const auto entry = [](const file_descriptor& pipe, pipe_state state) {
            // poll() ignores negative descriptors.
            return pollfd{
                .fd = state == pipe_state::open ? pipe.get() : -1, .events = POLLIN, .revents = 0};
        };
        std::array<pollfd, 3> entries = {
            entry(child_.output(), output_state_), entry(child_.errors(), errors_state_),
            pollfd{.fd = child_.event(), .events = POLLIN, .revents = 0}};
        constexpr milliseconds hour{3'600'000};
        // The result does not matter: the loop checks everything anyway.
        poll(entries.data(), entries.size(), static_cast<int>(std::min(longest, hour).count()));
    }

    const shell_child& child_;
    const steady_clock::time_point deadline_;
    output_collector output_;
    tail_collector errors_;
    pipe_state output_state_ = pipe_state::open;
    pipe_state errors_state_;
};

void set_end(child_result& result, std::optional<int> status) {
    if (!status) {
        result.end = child_end::unknown;
    } else if (WIFEXITED(*status)) {
        result.end = child_end::exited;
        result.code = WEXITSTATUS(*status);
    } else {
        result.end = child_end::signalled;
        result.code = WTERMSIG(*status);
    }
}

}  // namespace

child_result run_shell_command(const std::string& command, const child_limits& limits,
                               const std::stop_token& stop) {
    child_result result;
    shell_child child(command, limits.streams);
    const std::stop_callback wake(stop, [&child] { child.wake_up(); });
    const std::optional<child_end> forced = watch(child, limits, result).until_end(stop);
    const std::optional<int> status = child.reap();
    if (forced) {
        result.end = *forced;
    } else {
        set_end(result, status);
    }
    return result;
}

}  // namespace dsql::detail
