// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include "config/endpoint_list.hpp"

#include <set>
#include <string>
#include <string_view>

namespace dsql::detail {

/// Collects the parameters of a connection string, a URI or keyword/value pairs, into a config.
class connection_parameters {
public:
    /// Sets one parameter. Throws `config_error` when the name is unknown, forbidden or given
    /// twice, or when the value is invalid.
    void set(std::string_view name, const std::string& value);

    /// Throws the `config_error` that reports a password in a connection string of either form.
    [[noreturn]] static void reject_password();

    /// Returns the config. Throws `config_error` when the host is missing, or when there are not as
    /// many ports or addresses as hosts.
    [[nodiscard]] config finish() const;

private:
    void set_options(const std::string& value);

    config settings_;
    endpoint_list endpoints_;
    std::set<std::string, std::less<>> seen_;
};

}  // namespace dsql::detail
