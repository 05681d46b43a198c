// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include "soak/soak_ledger.hpp"

#include <stop_token>

namespace pool_soak {

/// Uses the pool in every way, over and over, until told to stop, and cuts a connection now and
/// then: far more than one in a hundred of those that are made, one in 2 000 of those acquired.
void work(dsql::pool& pool, soak_ledger& ledger, unsigned seed, const std::stop_token& stop);

}  // namespace pool_soak
