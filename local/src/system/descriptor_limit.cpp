// SPDX-License-Identifier: Apache-2.0
#include "system/descriptor_limit.hpp"

#include <sys/resource.h>

#include <optional>

namespace dsql_local {
namespace {

// What restore_descriptor_limit_in_child() puts back; written once, before any child is forked.
std::optional<rlimit> original_limit;

}  // namespace

void raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    original_limit = limit;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void restore_descriptor_limit_in_child() noexcept {
    if (original_limit) {
        setrlimit(RLIMIT_NOFILE, &*original_limit);
    }
}

}  // namespace dsql_local
