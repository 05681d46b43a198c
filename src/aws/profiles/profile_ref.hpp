// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/profiles/shared_files.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace dsql::detail {

/// One profile of the shared files, and how to speak about it. Refers to `files` and `name`.
class profile_ref {
public:
    /// Throws `credentials_error` when there is no such profile: it names the files looked in, the
    /// profiles found and, if not empty, the profile `referrer` that has it as `source_profile`.
    profile_ref(const shared_files& files, const std::string& name, const std::string& referrer);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const shared_files& files() const noexcept { return files_; }

    /// The value of a key; empty when it is missing or blank.
    [[nodiscard]] std::string get(std::string_view key) const { return std::string(view(key)); }
    /// The same for one that is a secret.
    [[nodiscard]] secret_string get_secret(std::string_view key) const { return view(key); }
    [[nodiscard]] bool has(std::string_view key) const { return !view(key).empty(); }
    [[nodiscard]] bool has_any(std::initializer_list<std::string_view> keys) const;

    /// The value of a key that `because`, a key of the same profile, cannot do without.
    /// Throws `credentials_error` when it is missing.
    [[nodiscard]] std::string require(std::string_view key, std::string_view because) const {
        return std::string(require_view(key, because));
    }
    /// The same for one that is a secret.
    [[nodiscard]] secret_string require_secret(std::string_view key,
                                               std::string_view because) const {
        return require_view(key, because);
    }

    /// Throws `credentials_error`: "profile "name": why".
    [[noreturn]] void fail(std::string_view why) const;

private:
    [[nodiscard]] std::string_view view(std::string_view key) const;
    [[nodiscard]] std::string_view require_view(std::string_view key,
                                                std::string_view because) const;

    const shared_files& files_;
    const std::string& name_;
    const profile_settings* settings_;
};

}  // namespace dsql::detail
