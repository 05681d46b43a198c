// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include "soak/soak_ledger.hpp"

#include <stop_token>

namespace pool_soak {

/// Uses the pool in every way until it is stopped. Cuts one in 2 000 of the acquired connections,
/// which is much more than one in a hundred of those that are opened.
void work(dsql::pool& pool, soak_ledger& ledger, unsigned seed, const std::stop_token& stop);

}  // namespace pool_soak
