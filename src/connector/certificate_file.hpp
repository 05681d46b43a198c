// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>

#include "base/file.hpp"

#include <string>

namespace dsql::detail {

/// The file that `ssl_root_cert` names, in a form that libpq can read at each connect. A pipe, such
/// as a shell's `<(command)`, can be read only once, so its content is copied to an in-memory file,
/// whose path is valid while this object lives.
class certificate_file {
public:
    /// `path` may be empty or "system". Throws `config_error` for a pipe that cannot be read, and
    /// `timeout_error` or `cancelled_error` when `limits` end the wait for its content.
    certificate_file(std::string path, const call_limits& limits);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
    file_descriptor copy_;
};

}  // namespace dsql::detail
