// SPDX-License-Identifier: Apache-2.0
#include "connector/certificate_file.hpp"

#include <dsql/error.hpp>

#include "base/file.hpp"
#include "base/platform.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace dsql::detail {

namespace {

bool is_pipe(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

[[noreturn]] void throw_unreadable_certificates(const std::string& path,
                                                const std::string& reason) {
    throw config_error("ssl_root_cert: cannot read " + path + ": " + reason);
}

secret_string read_certificates(const std::string& path, const call_limits& limits) {
    constexpr std::chrono::seconds writer_wait{5};
    try {
        return read_file(path, {.max_size = longest_file, .writer_wait = writer_wait}, limits);
    } catch (const unreadable_file& failure) {
        throw_unreadable_certificates(path, failure.what());
    }
}

file_descriptor copy_to_memory(const std::string& path, std::string_view content) {
    file_descriptor copy = make_memory_file("ssl_root_cert");
    while (copy.is_open() && !content.empty()) {
        const ssize_t size = write(copy.get(), content.data(), content.size());
        if (size < 0 && errno != EINTR) {
            break;
        }
        content.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    if (!copy.is_open() || !content.empty()) {
        throw_unreadable_certificates(path, std::generic_category().message(errno));
    }
    return copy;
}

}  // namespace

certificate_file::certificate_file(std::string path, const call_limits& limits)
    : path_(std::move(path)) {
    if (is_pipe(path_)) {
        copy_ = copy_to_memory(path_, read_certificates(path_, limits));
        path_ = path_of_open_file(copy_);
    }
}

}  // namespace dsql::detail
