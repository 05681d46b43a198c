// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/shared_files/shared_files.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace dsql::aws {

/// A profile of the shared files, with errors that name it. Keeps references to `files` and `name`,
/// which must outlive it.
class profile_ref {
public:
    /// Throws `credentials_error` when the profile does not exist. The message names the files, the
    /// profiles in them and, if it is not empty, `referrer`: the profile whose `source_profile`
    /// this is.
    profile_ref(const shared_files& files, const std::string& name, const std::string& referrer);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const shared_files& files() const noexcept { return files_; }

    /// Returns the value of a key; empty when it is missing or blank.
    [[nodiscard]] std::string get(std::string_view key) const { return std::string(view(key)); }
    /// Returns the value of a key that is a secret; empty when it is missing or blank.
    [[nodiscard]] secret_string get_secret(std::string_view key) const { return view(key); }
    [[nodiscard]] bool has(std::string_view key) const { return !view(key).empty(); }
    [[nodiscard]] bool has_any(std::initializer_list<std::string_view> keys) const;

    /// Returns the value of a key that is required because of `because`, another key of the
    /// profile. Throws `credentials_error` when it is missing or blank.
    [[nodiscard]] std::string require(std::string_view key, std::string_view because) const {
        return std::string(require_view(key, because));
    }
    /// Returns the value of a required key that is a secret.
    /// @see require
    [[nodiscard]] secret_string require_secret(std::string_view key,
                                               std::string_view because) const {
        return require_view(key, because);
    }

    /// Throws a `credentials_error` with the message: profile "name": why.
    [[noreturn]] void fail(std::string_view why) const;

private:
    [[nodiscard]] std::string_view view(std::string_view key) const;
    [[nodiscard]] std::string_view require_view(std::string_view key,
                                                std::string_view because) const;

    const shared_files& files_;
    const std::string& name_;
    const profile_settings* settings_;
};

}  // namespace dsql::aws
