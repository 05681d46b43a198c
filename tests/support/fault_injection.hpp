// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Sets faults of dsql-local through its admin socket. The destructor clears all of them. Not
/// thread-safe.
class fault_injection {
public:
    /// Uses the socket of the endpoint that `dsql-local run` has started, unless `socket` names
    /// another.
    explicit fault_injection(std::string socket_path = {});
    ~fault_injection();
    fault_injection(const fault_injection&) = delete;
    fault_injection& operator=(const fault_injection&) = delete;

    /// Sets a fault, for example `set("cut-after-commit times=1")`. Throws std::runtime_error if
    /// the endpoint rejects it.
    void set(const std::string& fault) const { request("set " + fault); }
    void clear() const { request("clear"); }
    /// Returns the lines of the request `list`.
    [[nodiscard]] std::string list() const { return request("list"); }

private:
    std::string request(const std::string& line) const;

    std::string path_;
};
