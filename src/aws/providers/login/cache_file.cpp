// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/cache_file.hpp"

#include "aws/json.hpp"
#include "aws/providers/source.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace dsql::aws {

namespace {

constexpr std::size_t max_cache_size = 1'048'576;

std::string system_message(int error) {
    return std::generic_category().message(error);
}

bool write_all(int file, std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t part = write(file, text.data(), text.size());
        if (part < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(part > 0 ? static_cast<std::size_t>(part) : 0);
    }
    return true;
}

}  // namespace

secret_json read_cache_file(const std::string& path, std::string_view remedy) {
    const auto fail = [remedy](const std::string& why) {
        throw unrecoverable_credentials_error(why + "; " + std::string(remedy));
    };
    secret_string content;
    try {
        content = detail::read_secret_file(path, max_cache_size);
    } catch (const credentials_error& unreadable) {
        fail(unreadable.what());
    }
    secret_json document = parse_json_object(content);
    if (document.is_discarded()) {
        fail(detail::in_quotes(path) + " is not a JSON object");
    }
    return document;
}

bool can_write_cache_file(const std::string& path) noexcept {
    // The directory must be writable, not the file, because the file is replaced.
    try {
        return access(path.substr(0, path.rfind('/')).c_str(), W_OK | X_OK) == 0;
    } catch (...) {
        return false;
    }
}

void write_cache_file(const std::string& path, const secret_json& content) {
    const json_string text = content.dump(2) + "\n";
    std::string temporary = path + ".XXXXXX";
    const auto fail = [&path](int error) {
        throw credentials_error("cannot write " + detail::in_quotes(path) + ": " +
                                system_message(error));
    };
    const detail::file_descriptor file(mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
    if (!file.is_open()) {
        fail(errno);
    }
    // fsync reports any error that close would report, because nothing is left to be written after
    // it.
    if (!write_all(file.get(), text) || fsync(file.get()) != 0 ||
        std::rename(temporary.c_str(), path.c_str()) != 0) {
        const int error = errno;
        unlink(temporary.c_str());
        fail(error);
    }
}

}  // namespace dsql::aws
