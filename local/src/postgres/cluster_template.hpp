// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

namespace dsql_local {

/// A cluster as initdb and the schema have left it, kept for the endpoints to come: to copy it
/// takes a tenth of the time. It is in `dsql-local` below XDG_CACHE_HOME or ~/.cache, one for the
/// PostgreSQL and schema of the day, and may be removed at any time. Whatever is wrong with it only
/// means that initdb has to run.
class cluster_template {
public:
    /// The one for the PostgreSQL in `binaries`.
    explicit cluster_template(const std::filesystem::path& binaries);

    /// Makes `data` a copy that belongs to this process's user. False, and nothing there, when
    /// there is no template.
    bool copy_to(const std::filesystem::path& data) const;

    /// Keeps a copy of `data`, in place of older templates. It must be complete, and no server run
    /// on it.
    void keep(const std::filesystem::path& data) const;

private:
    std::optional<std::filesystem::path> place_;  // none where there is no folder for caches
};

}  // namespace dsql_local
