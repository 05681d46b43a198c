// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// Reads the tables from PostgreSQL itself, through its own socket: past the endpoint, its faults,
/// the relay and the library.
class server_books {
public:
    /// Connects to the server of the endpoint that `dsql-local run` has started. Waits until no
    /// transaction is under way, so that a COMMIT on its way is seen. Throws `std::runtime_error`.
    server_books();

    /// The value of a query with one row and column. `numbers` is its parameter `$1`, an array.
    [[nodiscard]] std::int64_t value(const std::string& sql,
                                     const std::vector<std::int64_t>& numbers = {}) const;

private:
    std::unique_ptr<PGconn, void (*)(PGconn*)> server_;
};
