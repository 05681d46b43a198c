// SPDX-License-Identifier: Apache-2.0
// A module that asks for credentials until it is told to stop; see unload_during_lookup.cpp.
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/token.hpp>

#include <stop_token>
#include <thread>

/// Asks for credentials, calls `wait` meanwhile and then gives up. Returns an address inside the
/// code of the library.
extern "C" [[gnu::visibility("default")]] const void* ask_during(void (*wait)()) {
    {
        dsql::token_generator tokens(
            {.host = "a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws", .user = "app"});
        std::jthread asking([&tokens](const std::stop_token& stop) {
            try {
                static_cast<void>(tokens.get(stop));
            } catch (const dsql::error&) {
                return;  // stopped
            }
        });
        wait();
    }
    return reinterpret_cast<const void*>(&dsql::fetch_credentials);
}
