// SPDX-License-Identifier: Apache-2.0
#include "postgres/postgres_binaries.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dsql_local {
namespace {

namespace fs = std::filesystem;

bool has_server(const fs::path& folder) {
    return access((folder / "initdb").c_str(), X_OK) == 0 &&
           access((folder / "postgres").c_str(), X_OK) == 0;
}

fs::path ask_pg_config() {
    struct pipe_closer {
        void operator()(std::FILE* pipe) const noexcept { pclose(pipe); }
    };
    const std::unique_ptr<std::FILE, pipe_closer> pipe(
        popen("pg_config --bindir 2>/dev/null", "re"));
    std::array<char, 4096> line{};
    if (!pipe || std::fgets(line.data(), static_cast<int>(line.size()), pipe.get()) == nullptr) {
        return {};
    }
    const std::string text(line.data());
    return text.substr(0, text.find('\n'));
}

int version_of(const fs::path& folder) {
    const std::string name = folder.filename().string();
    int version = -1;
    std::from_chars(name.data(), name.data() + name.size(), version);
    return version;
}

// Returns Debian's folders, one per major version, newest first.
std::vector<fs::path> debian_folders() {
    std::vector<fs::path> versions;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
        versions.push_back(entry.path());
    }
    std::sort(versions.begin(), versions.end(), [](const fs::path& left, const fs::path& right) {
        return version_of(left) > version_of(right);
    });
    return versions;
}

}  // namespace

fs::path find_postgres_binaries(const std::optional<fs::path>& named) {
    if (named) {
        fs::path folder = fs::absolute(*named);
        if (!has_server(folder)) {
            throw std::runtime_error("there is no initdb and postgres in " + folder.string());
        }
        return folder;
    }
    if (fs::path folder = ask_pg_config(); has_server(folder)) {
        return folder;
    }
    for (const fs::path& version : debian_folders()) {
        if (has_server(version / "bin")) {
            return version / "bin";
        }
    }
    throw std::runtime_error(
        "no PostgreSQL server found; install the package postgresql (Debian, Ubuntu) or "
        "postgresql-server (Fedora), or name the folder of initdb and postgres with "
        "--postgres-bindir");
}

}  // namespace dsql_local
