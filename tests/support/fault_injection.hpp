// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Sets the faults of a dsql-local by its admin socket; all of them are cleared when the object
/// goes. For one thread.
class fault_injection {
public:
    /// The socket of the endpoint that `dsql-local run` has started, unless another is named.
    explicit fault_injection(std::string socket_path = {});
    ~fault_injection();
    fault_injection(const fault_injection&) = delete;
    fault_injection& operator=(const fault_injection&) = delete;

    /// For example `set("cut-after-commit times=1")`. Throws std::runtime_error when refused.
    void set(const std::string& fault) const { request("set " + fault); }
    void clear() const { request("clear"); }
    /// The lines of `list`.
    [[nodiscard]] std::string list() const { return request("list"); }

private:
    std::string request(const std::string& line) const;

    std::string path_;
};
