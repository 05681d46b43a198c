// SPDX-License-Identifier: Apache-2.0
#include "proxy/local_password.hpp"

#include "proxy/scram.hpp"
#include "proxy/unique_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

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

}  // namespace

std::string make_local_password() {
    constexpr std::size_t size = 24;
    std::string text = encode_base64(random_bytes(size));
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

void write_password_file(const std::filesystem::path& file, int port, const std::string& password) {
    require_own_file(file);
    std::filesystem::path made = file;
    made += ".new";
    unlink(made.c_str());
    const unique_fd output(
        open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    std::string text(first_line);
    for (const char* const host : {"127.0.0.1", "localhost"}) {
        text.append("\n").append(host).append(":").append(std::to_string(port));
        text.append(":*:*:").append(password);
    }
    text.append("\n");
    if (output.get() < 0 ||
        write(output.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        rename(made.c_str(), file.c_str()) != 0) {
        fail_for(file);
    }
}

}  // namespace dsql_cli::proxy
