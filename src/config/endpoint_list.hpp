// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace dsql::detail {

/// Splits a text at each comma. Returns at least one text, which may be empty.
[[nodiscard]] std::vector<std::string> split_at_commas(std::string_view text);

/// The hosts of a connection string, with their ports and addresses. Each is a list separated by
/// commas, as in libpq. Source: PostgreSQL, "Specifying Multiple Hosts".
class endpoint_list {
public:
    /// Takes the value of the parameter `host`, `port` or `hostaddr`. Throws `config_error`.
    void set(std::string_view name, const std::string& value);

    /// Sets the config's host, port, address and `failover`. A single port is for all hosts; in a
    /// list, an empty port is 5432 and an empty address none. Throws `config_error` if the lists
    /// have different lengths.
    void apply(config& settings) const;

private:
    std::vector<std::string> hosts_;
    std::vector<std::string> ports_;
    std::vector<std::string> addresses_;
};

}  // namespace dsql::detail
