// SPDX-License-Identifier: Apache-2.0
#include "load/chunk_reader.hpp"

#include "load/utf8.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace dsql_cli::load {

namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;

// A row of DSQL has at most 2 MiB, which are 4 MiB if they are bytes in hexadecimal digits.
constexpr std::size_t longest_row = std::size_t{8} * 1024 * 1024;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::string_view without_line_break(std::string_view row) {
    if (row.ends_with('\n')) {
        row.remove_suffix(1);
    }
    if (row.ends_with('\r')) {
        row.remove_suffix(1);
    }
    return row;
}

std::string wrong_columns(std::size_t found, std::size_t expected, bool is_empty) {
    return is_empty ? "it is empty, and should have " + std::to_string(expected) + " columns"
                    : "it has " + std::to_string(found) + (found == 1 ? " column" : " columns") +
                          " instead of " + std::to_string(expected);
}

}  // namespace

chunk_reader::chunk_reader(byte_source& source, std::string name, const dialect& used,
                           const chunk_size& size)
    : source_(source), name_(std::move(name)), dialect_(used), size_(size), scanner_(used) {
    while (filled_ < byte_order_mark.size() && read_more()) {
    }
    if (data().starts_with(byte_order_mark)) {
        buffer_.erase(0, byte_order_mark.size());
        filled_ -= byte_order_mark.size();
        position_ += static_cast<std::int64_t>(byte_order_mark.size());
    }
}

bool chunk_reader::read_more() {
    // A pipe may give little at a time.
    if (buffer_.size() - filled_ < block_size / 4) {
        buffer_.resize(filled_ + block_size);
    }
    const std::size_t count = source_.read(std::span(buffer_).subspan(filled_));
    filled_ += count;
    return count != 0;
}

// "\." on a line of its own ends data in text format, as it does for psql.
bool chunk_reader::is_end_marker(const scanned_row& found) const {
    const std::size_t begin = current_.begin_of(current_.rows());
    return dialect_.format == row_format::text &&
           without_line_break(data().substr(begin, found.end - begin)) == "\\.";
}

// Finds the row after those of the current chunk, and reads more of the file if it must.
bool chunk_reader::find_row(scanned_row& found) {
    if (pending_) {
        found = *std::exchange(pending_, std::nullopt);
        return true;
    }
    const std::size_t begin = current_.begin_of(current_.rows());
    while (!at_end_) {
        if (scanner_.next(data(), found)) {
            at_end_ = is_end_marker(found);
            return !at_end_;
        }
        if (filled_ - begin > longest_row) {
            throw std::runtime_error(
                name_ + ", line " +
                std::to_string(line_ + static_cast<std::int64_t>(lines_in_current_)) +
                ": the row that begins here has more than 8 MiB; is a quote missing, or another "
                "character the quote (--quote), or the file not one of rows?");
        }
        if (!read_more()) {
            at_end_ = true;
            found = scanner_.rest();
            return found.end > begin && !is_end_marker(found);
        }
    }
    return false;
}

void chunk_reader::add_row(const scanned_row& found) {
    const std::size_t row = current_.rows();
    if (columns_ != 0 && found.columns != columns_) {
        const std::size_t begin = current_.begin_of(row);
        const bool is_empty = without_line_break(data().substr(begin, found.end - begin)).empty();
        current_.bad.push_back(
            {.row = row, .reason = wrong_columns(found.columns, columns_, is_empty)});
    }
    current_.lines.push_back(lines_in_current_);
    current_.ends.push_back(found.end);
    lines_in_current_ += found.lines;
}

void chunk_reader::remove(std::size_t bytes) {
    std::memmove(buffer_.data(), buffer_.data() + bytes, filled_ - bytes);
    filled_ -= bytes;
    scanner_.removed(bytes);
    position_ += static_cast<std::int64_t>(bytes);
    if (pending_) {
        pending_->end -= bytes;
    }
}

std::optional<std::string> chunk_reader::read_header() {
    scanned_row found;
    if (!find_row(found)) {
        return std::nullopt;
    }
    std::string header(without_line_break(data().substr(0, found.end)));
    remove(found.end);
    line_ += found.lines;
    return header;
}

std::optional<chunk> chunk_reader::next() {
    scanned_row found;
    while (current_.rows() < size_.rows && find_row(found)) {
        if (current_.rows() > 0 && found.end > size_.bytes) {
            pending_ = found;
            break;
        }
        add_row(found);
    }
    if (current_.rows() == 0) {
        return std::nullopt;
    }
    return cut_chunk();
}

chunk chunk_reader::cut_chunk() {
    chunk cut = std::exchange(current_, {});
    const std::size_t bytes = cut.ends.back();
    cut.number = next_number_++;
    cut.first_byte = position_;
    cut.first_line = line_;
    cut.data.assign(buffer_, 0, bytes);
    line_ += static_cast<std::int64_t>(std::exchange(lines_in_current_, 0));
    remove(bytes);
    check_encoding(cut);
    return cut;
}

void chunk_reader::check_encoding(chunk& checked) const {
    std::size_t at = first_invalid_byte(checked.data);
    while (at < checked.data.size()) {
        const auto end = std::upper_bound(checked.ends.begin(), checked.ends.end(), at);
        const auto row = static_cast<std::size_t>(end - checked.ends.begin());
        const auto place = std::lower_bound(
            checked.bad.begin(), checked.bad.end(), row,
            [](const bad_row& each, std::size_t wanted) { return each.row < wanted; });
        if (place == checked.bad.end() || place->row != row) {
            const std::string byte =
                "byte " + std::to_string(at - checked.begin_of(row) + 1) + " of the row is ";
            checked.bad.insert(
                place, {.row = row,
                        .reason = byte + (checked.data[at] == '\0'
                                              ? "zero, which PostgreSQL cannot store in text"
                                              : "not UTF-8 text")});
        }
        at = *end + first_invalid_byte(std::string_view(checked.data).substr(*end));
    }
}

}  // namespace dsql_cli::load
