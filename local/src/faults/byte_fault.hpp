// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/fault_table.hpp"

#include <cstdint>
#include <string>

namespace dsql_local {

/// The fault close-after for one session: counts what is sent to its client from when the fault is
/// set.
class byte_fault {
public:
    explicit byte_fault(fault_table& faults) : faults_(faults) {}

    /// `bytes` are about to be sent. True when the session ends within them: they are shortened to
    /// what the client still gets.
    bool cut(std::string& bytes);

private:
    fault_table& faults_;
    std::uint64_t serial_ = 0;  // of the setting that is counted for
    std::uint64_t sent_ = 0;    // since then
    bool is_spared_ = false;    // the dice fell for it
};

}  // namespace dsql_local
