// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include <set>
#include <string>
#include <string_view>

namespace dsql::detail {

/// Collects the parameters of a connection string, in whichever of its two forms, into a config.
class connection_parameters {
public:
    /// Sets one parameter. Throws `config_error` when the name is unknown, refused or given twice,
    /// or the value unusable.
    void set(std::string_view name, const std::string& value);

    /// Throws the `config_error` for a password, wherever it was found.
    [[noreturn]] static void refuse_password();

    /// The config. Throws `config_error` when there is no host.
    [[nodiscard]] config finish() const;

private:
    config settings_;
    std::set<std::string, std::less<>> seen_;
};

}  // namespace dsql::detail
