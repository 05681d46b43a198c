// SPDX-License-Identifier: Apache-2.0
#include "connector/certificate_file.hpp"

#include <dsql/error.hpp>

#include "base/file.hpp"

#include <sys/mman.h>
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

[[noreturn]] void fail_to_copy(const std::string& path, const std::string& reason) {
    throw config_error("ssl_root_cert: cannot read " + path + ": " + reason);
}

secret_string content_of(const std::string& path, const call_limits& limits) {
    constexpr std::chrono::seconds writer_wait{5};
    try {
        return read_file(path, {.max_size = longest_file, .writer_wait = writer_wait}, limits);
    } catch (const unreadable_file& failure) {
        fail_to_copy(path, failure.what());
    }
}

file_descriptor kept_in_memory(const std::string& path, std::string_view content) {
    file_descriptor copy(memfd_create("ssl_root_cert", MFD_CLOEXEC));
    while (copy.is_open() && !content.empty()) {
        const ssize_t size = write(copy.get(), content.data(), content.size());
        if (size < 0 && errno != EINTR) {
            break;
        }
        content.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    if (!copy.is_open() || !content.empty()) {
        fail_to_copy(path, std::generic_category().message(errno));
    }
    return copy;
}

}  // namespace

certificate_file::certificate_file(std::string path, const call_limits& limits)
    : path_(std::move(path)) {
    if (is_pipe(path_)) {
        copy_ = kept_in_memory(path_, content_of(path_, limits));
        path_ = "/proc/self/fd/" + std::to_string(copy_.get());
    }
}

}  // namespace dsql::detail
