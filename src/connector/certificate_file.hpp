// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>

#include "base/file.hpp"

#include <string>

namespace dsql::detail {

/// The file of `ssl_root_cert` as libpq can read it, at each connect anew. A pipe, as a shell's
/// `<(command)` makes one, can be read only once: its content is kept in memory, which has a path
/// as long as this object lives.
class certificate_file {
public:
    /// `path` may be empty or "system". Throws `config_error` for a pipe that cannot be read, and
    /// what `limits` throw while one is waited for.
    certificate_file(std::string path, const call_limits& limits);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
    file_descriptor copy_;
};

}  // namespace dsql::detail
