// SPDX-License-Identifier: Apache-2.0
#include "proxy/local_password.hpp"

#include "proxy/scram.hpp"
#include "proxy/unique_fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace dsql_cli::proxy {

namespace {

constexpr std::string_view first_line = "# Written by dsql proxy, which replaces it at each start.";

[[noreturn]] void fail_for(const std::filesystem::path& file) {
    throw std::runtime_error("cannot write the password to " + file.string() + ": " +
                             std::generic_category().message(errno));
}

void require_own_file(const std::filesystem::path& file) {
    std::error_code error;
    if (std::filesystem::symlink_status(file, error).type() ==
        std::filesystem::file_type::not_found) {
        return;
    }
    std::ifstream input(file);
    std::string line;
    if (!std::getline(input, line) || line != first_line) {
        throw std::runtime_error(file.string() +
                                 " is not a file that dsql proxy has written: choose another one "
                                 "with --password-file, or remove it");
    }
}

std::string format_pgpass(int port, const std::string& password) {
    std::string text(first_line);
    for (const char* const host : {"127.0.0.1", "localhost"}) {
        text.append("\n").append(host).append(":").append(std::to_string(port));
        text.append(":*:*:").append(password);
    }
    return text.append("\n");
}

}  // namespace

std::string make_local_password() {
    constexpr std::size_t size = 24;
    std::string text = encode_base64(random_bytes(size));
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

password_file::password_file(std::filesystem::path file, int port, const std::string& password)
    : file_(std::move(file)), content_(format_pgpass(port, password)) {
    require_own_file(file_);
    std::string made = file_.string() + ".XXXXXX";
    const unique_fd output(mkostemp(made.data(), O_CLOEXEC));  // with mode 0600
    if (output.get() < 0) {
        fail_for(file_);
    }
    if (write(output.get(), content_.data(), content_.size()) !=
            static_cast<ssize_t>(content_.size()) ||
        rename(made.c_str(), file_.c_str()) != 0) {
        const int error = errno;
        unlink(made.c_str());
        errno = error;
        fail_for(file_);
    }
}

password_file::~password_file() {
    std::ifstream input(file_);
    const std::string found{std::istreambuf_iterator<char>(input), {}};
    if (found == content_) {
        unlink(file_.c_str());
    }
}

}  // namespace dsql_cli::proxy
