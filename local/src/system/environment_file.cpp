// SPDX-License-Identifier: Apache-2.0
#include "system/environment_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace dsql_local {
namespace {

namespace fs = std::filesystem;

// A file that begins with this line may be replaced.
constexpr std::string_view file_mark = "# Written by dsql-local, which removes it when it ends.\n";

[[noreturn]] void reject(const fs::path& path, const std::string& problem) {
    throw std::runtime_error("--env-file " + path.string() + ": " + problem);
}

[[noreturn]] void reject_by_errno(const fs::path& path) {
    reject(path, std::generic_category().message(errno));
}

class open_file {
public:
    explicit open_file(int descriptor) : descriptor_(descriptor) {}
    ~open_file() { close(descriptor_); }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;

    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

bool is_ours_or_empty(int descriptor) {
    std::array<char, file_mark.size()> start{};
    const ssize_t size = read(descriptor, start.data(), start.size());
    return size == 0 ||
           std::string_view(start.data(), static_cast<std::size_t>(size < 0 ? 0 : size)) ==
               file_mark;
}

// Removes the file if it is one that may be replaced.
void remove_replaceable(const fs::path& path) {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) {
        return;  // creating it will report any problem but that it does not exist
    }
    if (!S_ISREG(status.st_mode)) {
        reject(path, "it exists and is not a regular file; name a new file");
    }
    const open_file existing(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (existing.descriptor() < 0) {
        reject_by_errno(path);
    }
    if (status.st_uid != geteuid() || !is_ours_or_empty(existing.descriptor())) {
        reject(path, "the file exists and is not one that dsql-local wrote; name a new file");
    }
    if (flock(existing.descriptor(), LOCK_EX | LOCK_NB) != 0) {
        reject(path, "it belongs to another dsql-local that is running; name another file");
    }
    if (unlink(path.c_str()) != 0) {
        reject_by_errno(path);
    }
}

}  // namespace

environment_file::environment_file(const fs::path& path) : path_(fs::absolute(path)) {
    remove_replaceable(path_);
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       S_IRUSR | S_IWUSR);
    if (descriptor_ < 0) {
        reject_by_errno(path_);
    }
    flock(descriptor_, LOCK_EX | LOCK_NB);
}

environment_file::~environment_file() {
    if (is_still_there()) {
        unlink(path_.c_str());
    }
    close(descriptor_);
}

void environment_file::write(std::string_view commands) const {
    const std::string text = std::string(file_mark).append(commands);
    if (::write(descriptor_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw std::system_error(errno, std::generic_category(), "cannot write " + path_.string());
    }
}

// Somebody may have replaced the file by another, which must stay.
bool environment_file::is_still_there() const noexcept {
    struct stat ours {};
    struct stat there {};
    return fstat(descriptor_, &ours) == 0 && lstat(path_.c_str(), &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

}  // namespace dsql_local
