// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

struct pg_conn;

namespace dsql::pg {

/// The parameters of one connect. What is not added here has libpq's compiled-in default, never
/// what the environment or a service file says. Wipes its values.
class connect_parameters {
public:
    connect_parameters() = default;
    connect_parameters(const connect_parameters&) = delete;
    connect_parameters& operator=(const connect_parameters&) = delete;
    ~connect_parameters();

    /// `name` is a literal; `value` is not empty, for libpq takes an empty one for none.
    void add(const char* name, std::string value);

    /// Starts connecting without blocking: PQconnectStartParams. Call it once.
    [[nodiscard]] pg_conn* start_connecting();

private:
    [[nodiscard]] bool has(const std::string& name) const;
    /// Adds the compiled-in default of each parameter that a variable could set; returns the
    /// variables of those that have none.
    [[nodiscard]] std::vector<const char*> add_defaults();

    std::vector<std::string> names_;
    std::vector<std::string> values_;
};

}  // namespace dsql::pg
