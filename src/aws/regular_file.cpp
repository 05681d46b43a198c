// SPDX-License-Identifier: Apache-2.0
#include "aws/regular_file.hpp"

#include <dsql/error.hpp>

#include "aws/file_descriptor.hpp"
#include "aws/wipe.hpp"
#include "config/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace dsql::detail {

namespace {

[[noreturn]] void fail_reading(const std::string& path, const std::string& why) {
    throw credentials_error("cannot read " + in_quotes(path) + ": " + why);
}

[[noreturn]] void fail_with_errno(const std::string& path) {
    fail_reading(path, std::generic_category().message(errno));
}

// Reads up to `text.size()` bytes; returns how many there were.
std::size_t read_up_to(const file_descriptor& file, std::string& text, const std::string& path) {
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t part = read(file.get(), text.data() + size, text.size() - size);
        if (part == 0) {
            break;
        }
        if (part < 0 && errno != EINTR) {
            wipe(text);
            fail_with_errno(path);
        }
        size += part > 0 ? static_cast<std::size_t>(part) : 0;
    }
    return size;
}

}  // namespace

std::string read_regular_file(const std::string& path, std::size_t max_size) {
    // Opening a pipe that nobody writes to would wait without O_NONBLOCK.
    const file_descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    struct stat status {};
    if (!file.is_open() || fstat(file.get(), &status) != 0) {
        fail_with_errno(path);
    }
    if (!S_ISREG(status.st_mode)) {
        fail_reading(path, "it is not a regular file");
    }
    // All of it at once: a text that grows leaves copies behind.
    std::string text(max_size + 1, '\0');
    text.resize(read_up_to(file, text, path));
    if (text.size() > max_size) {
        wipe(text);
        fail_reading(path, "it is longer than " + std::to_string(max_size) + " bytes");
    }
    return text;
}

}  // namespace dsql::detail
