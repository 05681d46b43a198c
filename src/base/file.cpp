// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include "base/platform.hpp"
#include "base/secret.hpp"
#include "base/single_flight.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <system_error>
#include <utility>

namespace dsql::detail {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A writer may take as long as a credential_process.
constexpr milliseconds longest_read = std::chrono::minutes(1);

[[noreturn]] void refuse_file(const std::string& reason) {
    throw unreadable_file(reason, false);
}

[[noreturn]] void refuse_with_errno(int error) {
    throw unreadable_file(std::generic_category().message(error),
                          error == ENOENT || error == ENOTDIR);
}

// A descriptor that becomes readable when a stop is requested.
class stop_event {
public:
    explicit stop_event(const std::stop_token& stop) : wake_(stop, waker{event_}) {
        if (!event_.is_open()) {
            refuse_with_errno(errno);
        }
    }
    [[nodiscard]] int get() const noexcept { return event_.descriptor(); }

private:
    struct waker {
        const wake_event& event;
        void operator()() const noexcept { event.set(); }
    };

    wake_event event_;
    std::stop_callback<waker> wake_;  // declared last, because it uses the members above
};

// Reads one file to its end.
class file_reader {
public:
    file_reader(const std::string& path, const file_rules& rules, const call_limits& limits)
        : path_(path), rules_(rules), limits_(limits), started_(steady_clock::now()) {
        open_file();
    }

    // The caller owns the bytes read so far, also when this throws.
    void read_into(secret_string& text) {
        std::array<char, 16'384> part{};
        for (;;) {
            const ssize_t size = read(file_.get(), part.data(), part.size());
            if (size > 0) {
                add(text, {part.data(), static_cast<std::size_t>(size)});
                cleanse(part.data(), part.size());
            } else if (size == 0) {
                if (is_at_end(text)) {
                    return;
                }
                await_more();
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                has_writer_ = true;
                await_more();
            } else if (errno != EINTR) {
                refuse_with_errno(errno);
            }
        }
    }

private:
    void open_file() {
        // Without O_NONBLOCK, opening a pipe that has no writer would block.
        file_ = file_descriptor(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
        if (!file_.is_open()) {
            refuse_unopened(errno);
        }
        struct stat status {};
        if (fstat(file_.get(), &status) != 0) {
            refuse_with_errno(errno);
        }
        is_pipe_ = S_ISFIFO(status.st_mode);
        if (S_ISDIR(status.st_mode)) {
            refuse_file("it is not a regular file but a directory");
        }
        if (!S_ISREG(status.st_mode) && !is_pipe_ &&
            !(rules_.may_be_device && S_ISCHR(status.st_mode))) {
            refuse_file("it is not a regular file");
        }
        if (S_ISREG(status.st_mode) && std::cmp_greater(status.st_size, rules_.max_size)) {
            refuse_too_long();
        }
    }

    [[noreturn]] void refuse_unopened(int error) const {
        struct stat status {};
        if (error == ENXIO && stat(path_.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
            refuse_file("it is not a regular file but a socket");
        }
        refuse_with_errno(error);
    }

    [[noreturn]] void refuse_too_long() const {
        constexpr std::size_t mebibyte = 1'048'576;
        refuse_file("it is longer than " +
                    (rules_.max_size % mebibyte == 0
                         ? std::to_string(rules_.max_size / mebibyte) + " MiB"
                         : std::to_string(rules_.max_size) + " bytes"));
    }

    void add(secret_string& text, std::string_view more) const {
        if (more.size() > rules_.max_size - text.size()) {
            refuse_too_long();
        }
        text.append(more);
    }

    // Whether an empty read means the end. A pipe that has no writer yet also reads as empty; only
    // poll() tells the two apart.
    [[nodiscard]] bool is_at_end(const secret_string& text) const {
        if (!is_pipe_ || has_writer_ || !text.empty()) {
            return true;
        }
        pollfd entry{.fd = file_.get(), .events = POLLIN, .revents = 0};
        return poll(&entry, 1, 0) == 1 && (entry.revents & POLLHUP) != 0;
    }

    void await_more() {
        const auto now = steady_clock::now();
        const milliseconds budget = has_writer_ ? longest_read : rules_.writer_wait;
        if (now >= started_ + budget) {
            refuse_wait(budget);
        }
        throw_if_struck(limits_, [this] { return "the pipe " + in_quotes(path_); });
        if (!stopped_) {
            stopped_.emplace(limits_.stop());
        }
        auto until = started_ + budget;
        if (limits_.deadline()) {
            until = std::min(until, *limits_.deadline());
        }
        const auto left = std::chrono::ceil<milliseconds>(until - now);
        std::array<pollfd, 2> entries = {
            pollfd{.fd = file_.get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = stopped_->get(), .events = POLLIN, .revents = 0}};
        // The result does not matter: the loop checks everything anyway.
        poll(entries.data(), entries.size(),
             static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    }

    [[noreturn]] void refuse_wait(milliseconds budget) const {
        if (has_writer_) {
            refuse_file("it is a pipe whose writer did not come to an end within a minute");
        }
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(budget).count();
        refuse_file("it is not a regular file but a pipe that nobody writes to" +
                    (seconds == 0 ? std::string()
                                  : ", nor has begun to within " + std::to_string(seconds) + " s"));
    }

    const std::string& path_;
    const file_rules& rules_;
    const call_limits& limits_;
    const steady_clock::time_point started_;
    file_descriptor file_;
    bool is_pipe_ = false;
    bool has_writer_ = false;
    std::optional<stop_event> stopped_;  // created by the first wait
};

}  // namespace

secret_string read_file(const std::string& path, const file_rules& rules,
                        const call_limits& limits) {
    secret_string text;
    file_reader(path, rules, limits).read_into(text);
    return text;
}

secret_string read_secret_file(const std::string& path, std::size_t max_size,
                               const call_limits& limits) {
    try {
        return read_file(path, {.max_size = max_size}, limits);
    } catch (const unreadable_file& failure) {
        throw credentials_error("cannot read " + in_quotes(path) + ": " + failure.what());
    }
}

std::string reason_not_to_read(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
        return {};
    }
    if (!S_ISREG(status.st_mode)) {
        return "it is not a regular file";
    }
    return status.st_size > static_cast<off_t>(longest_file) ? "it is longer than 16 MiB"
                                                             : std::string();
}

}  // namespace dsql::detail
