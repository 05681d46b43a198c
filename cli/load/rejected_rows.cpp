// SPDX-License-Identifier: Apache-2.0
#include "load/rejected_rows.hpp"

#include "format.hpp"
#include "load/byte_source.hpp"
#include "load/chunk_reader.hpp"
#include "load/fields.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

namespace dsql_cli::load {

namespace {

constexpr std::string_view rejected_header = "file,line,sqlstate,reason,row";

std::string csv_quoted(std::string_view value) {
    std::string quoted = "\"";
    for (const char c : value) {
        quoted.append(c == '"' ? 2 : 1, c);
    }
    quoted += '"';
    return quoted;
}

std::string as_csv(const rejected_row& rejected) {
    return csv_quoted(rejected.file) + "," + std::to_string(rejected.line) + "," +
           rejected.sqlstate + "," + csv_quoted(to_single_line(rejected.reason)) + "," +
           csv_quoted(rejected.row) + "\n";
}

}  // namespace

rejected_rows::rejected_rows(std::int64_t limit, const std::string& path)
    : limit_(limit), path_(path) {
    if (path_.empty()) {
        return;
    }
    std::error_code ignored;
    const bool is_new = std::filesystem::file_size(path_, ignored) == 0 || ignored;
    if (!is_new) {
        read_earlier();
    }
    // For the user alone: the rows may be of any sensitivity.
    descriptor_ =
        ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor_ < 0) {
        throw_errno();
    }
    if (is_new) {
        append(std::string(rejected_header) + "\n");
    }
}

rejected_rows::~rejected_rows() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void rejected_rows::throw_errno() const {
    throw std::runtime_error("cannot write the file for rejected rows, " + path_ + ": " +
                             std::system_category().message(errno));
}

// All of the text or, on a disk that is full, nothing: half a row would spoil those after it.
void rejected_rows::append(std::string_view text) {
    const off_t end = ::lseek(descriptor_, 0, SEEK_END);
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor_, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            const int failure = errno;
            // Of a device there is nothing to remove.
            static_cast<void>(end >= 0 && ::ftruncate(descriptor_, end) == 0);
            errno = failure;
            throw_errno();
        }
    }
}

void rejected_rows::read_earlier() {
    const std::unique_ptr<byte_source> source = open_plain(path_);
    const dialect csv;
    chunk_reader reader(*source, path_, csv, {});
    if (reader.read_header() != rejected_header) {
        throw std::runtime_error(path_ +
                                 " is not a file of rejected rows; --rejected would append to it");
    }
    while (const std::optional<chunk> part = reader.next()) {
        for (std::size_t row = 0; row < part->rows(); ++row) {
            const std::vector<field_value> values = decode_row(part->text(row, row + 1), csv);
            if (values.size() == 5 && values[0] && values[1]) {
                known_.emplace(*values[0], std::strtoll(values[1]->c_str(), nullptr, 10));
            }
        }
    }
}

void rejected_rows::count_earlier(std::int64_t rows) {
    const std::lock_guard lock(mutex_);
    count_ += rows;
}

void rejected_rows::add(const rejected_row& rejected) {
    const std::lock_guard lock(mutex_);
    if (count_ >= limit_) {
        throw too_many_rejected(
            rejected.file + ", line " + std::to_string(rejected.line) + ": " +
            (rejected.sqlstate.empty() ? std::string() : rejected.sqlstate + " ") +
            to_single_line(rejected.reason) + "; --max-rejected allows " + count_of(limit_, "row") +
            ". What was loaded before stays. To go on without such rows, run this again with a "
            "larger --max-rejected, and --rejected FILE");
    }
    ++count_;
    if (path_.empty() || !known_.emplace(rejected.file, rejected.line).second) {
        return;
    }
    append(as_csv(rejected));
}

std::int64_t rejected_rows::count() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

bool rejected_rows::has(const std::string& file, std::int64_t line) const {
    const std::lock_guard lock(mutex_);
    return known_.contains({file, line});
}

}  // namespace dsql_cli::load
