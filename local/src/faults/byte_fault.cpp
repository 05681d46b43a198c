// SPDX-License-Identifier: Apache-2.0
#include "faults/byte_fault.hpp"

namespace dsql_local {

bool byte_fault::cut(std::string& bytes) {
    const auto set = faults_.peek(fault::close_after);
    if (!set) {
        return false;
    }
    if (set->serial != serial_) {
        serial_ = set->serial;
        sent_ = 0;
        is_spared_ = false;
    }
    const std::uint64_t limit = std::stoull(set->value);
    const std::uint64_t left = limit - sent_;
    if (is_spared_ || bytes.size() < left) {
        sent_ += is_spared_ ? 0 : bytes.size();
        return false;
    }
    is_spared_ = !faults_.strike(fault::close_after);
    if (!is_spared_) {
        bytes.resize(left);
    }
    return !is_spared_;
}

}  // namespace dsql_local
