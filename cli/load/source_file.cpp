// SPDX-License-Identifier: Apache-2.0
#include "load/source_file.hpp"

#include "load/decompression.hpp"
#include "load/foreign_format.hpp"
#include "load/peeked_source.hpp"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace dsql_cli::load {

namespace {

constexpr std::size_t head_size = std::size_t{64} * 1024;

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
    return std::any_of(endings.begin(), endings.end(),
                       [name](std::string_view each) { return name.ends_with(each); });
}

void refuse_parquet(const std::string& path) {
    if (ends_with_any(path, {".parquet", ".pq"})) {
        throw std::runtime_error(path + ": " + std::string(parquet_advice));
    }
}

std::vector<std::string> files_in(const std::filesystem::path& directory) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.')) {
            files.push_back(entry.path().string());
        }
    }
    if (files.empty()) {
        throw std::runtime_error("there are no files in the directory " + directory.string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string read_head(const std::string& path) {
    const std::unique_ptr<byte_source> source = open_plain(path);
    std::string head(head_size, '\0');
    std::size_t size = 0;
    while (size < head.size()) {
        const std::size_t count = source->read(std::span(head).subspan(size));
        if (count == 0) {
            break;
        }
        size += count;
    }
    head.resize(size);
    return head;
}

}  // namespace

std::vector<std::string> list_files(const std::vector<std::string>& arguments) {
    std::vector<std::string> files;
    for (const std::string& each : arguments) {
        if (std::filesystem::is_directory(each)) {
            const std::vector<std::string> inside = files_in(each);
            files.insert(files.end(), inside.begin(), inside.end());
        } else {
            files.push_back(each);
        }
    }
    std::for_each(files.begin(), files.end(), refuse_parquet);
    return files;
}

source_file inspect_file(const std::string& path) {
    if (path == "-") {
        return {.path = path};
    }
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        throw std::runtime_error("cannot read " + path + ": " +
                                 std::system_category().message(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        throw std::runtime_error(path +
                                 " is not a file; to load from a pipe, give - and let it be "
                                 "standard input");
    }
    constexpr std::int64_t nanoseconds = 1'000'000'000;
    return {.path = std::filesystem::canonical(path).string(),
            .size = static_cast<std::uint64_t>(status.st_size),
            .modified = status.st_mtim.tv_sec * nanoseconds + status.st_mtim.tv_nsec,
            .head_sha256 = sha256_hex(read_head(path))};
}

std::unique_ptr<byte_source> open_source(const std::string& path) {
    const std::string name = path == "-" ? "standard input" : path;
    auto source =
        std::make_unique<peeked_source>(decompressed(open_plain(path), name), bytes_of_format);
    if (const std::string_view advice = describe_foreign_format(source->head()); !advice.empty()) {
        throw std::runtime_error(name + ": " + std::string(advice));
    }
    return source;
}

std::string sha256_hex(const std::string& bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : std::span(digest).first(size)) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 15U];
    }
    return hex;
}

}  // namespace dsql_cli::load
