// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

namespace dsql_local {

/// A cached copy of a cluster after initdb and the schema. Copying it takes a tenth of the time of
/// initdb. There is one template per version of PostgreSQL and of the schema, in the directory
/// `dsql-local` in XDG_CACHE_HOME or ~/.cache. It may be removed at any time. If it is missing or
/// unusable, initdb runs.
class cluster_template {
public:
    /// The template for the PostgreSQL in `binaries`.
    explicit cluster_template(const std::filesystem::path& binaries);

    /// Copies the template to `data`, owned by this process's user. Returns false, and creates
    /// nothing, if there is no usable template.
    bool copy_to(const std::filesystem::path& data) const;

    /// Stores a copy of `data` as the template and removes older templates. `data` must be
    /// complete, and no server may run on it.
    void store(const std::filesystem::path& data) const;

private:
    std::optional<std::filesystem::path> path_;  // none if there is no cache directory
};

}  // namespace dsql_local
