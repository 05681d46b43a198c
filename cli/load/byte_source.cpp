// SPDX-License-Identifier: Apache-2.0
#include "load/byte_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace dsql_cli::load {

namespace {

class plain_source final : public byte_source {
public:
    explicit plain_source(const std::string& path)
        : name_(path == "-" ? "standard input" : path),
          descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (descriptor_ < 0) {
            throw_errno("cannot open ");
        }
    }
    ~plain_source() override {
        if (descriptor_ != STDIN_FILENO) {
            ::close(descriptor_);
        }
    }

    std::size_t read(std::span<char> into) override {
        ssize_t count = -1;
        do {
            count = ::read(descriptor_, into.data(), into.size());
        } while (count < 0 && errno == EINTR);
        if (count < 0) {
            throw_errno("cannot read ");
        }
        consumed_ += static_cast<std::uint64_t>(count);
        return static_cast<std::size_t>(count);
    }
    std::uint64_t consumed() const noexcept override { return consumed_; }

private:
    [[noreturn]] void throw_errno(const std::string& what) const {
        throw std::runtime_error(what + name_ + ": " + std::system_category().message(errno));
    }

    std::string name_;
    int descriptor_;
    std::uint64_t consumed_ = 0;
};

}  // namespace

std::unique_ptr<byte_source> open_plain(const std::string& path) {
    return std::make_unique<plain_source>(path);
}

}  // namespace dsql_cli::load
