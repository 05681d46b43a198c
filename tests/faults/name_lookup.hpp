// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/protocol_server.hpp"

/// Answers the lookups of one name, in place of the system. name_lookup.cpp replaces getaddrinfo.
/// Thread-safe.
namespace name_lookup {

/// From now on, lookups of this name end like this:
///
/// - `refuse`: the name does not exist
/// - `reset`: the name server is not reached (EAI_AGAIN)
/// - `stall`: not before `relent`
/// - `half_close`: an error of the system, ECONNRESET
/// - `garbage`: the name server's answer is an error (EAI_FAIL)
/// - `truncated`: success without an address
/// - `trickle`: not before `relent`, then with an address that refuses connections
/// - `oversize`: 200 addresses, of which the last one is the right one
void strike(const char* name, strike_fault with);

/// From now on, the name has the address 127.0.0.1. Lookups that stalled end.
void relent();

}  // namespace name_lookup
