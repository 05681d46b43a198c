// SPDX-License-Identifier: Apache-2.0
// Fuzzes what dsql-local reads of a client before its login: the startup message, its settings, and
// the token. A message that was read is encoded and read again, and must be the same.
#include "login/startup_policy.hpp"
#include "login/test_keys.hpp"
#include "login/token_verifier.hpp"
#include "wire/messages.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace dsql_local;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void read_startup(std::string_view packet) {
    try {
        const wire::startup_message message = wire::parse_startup_message(packet);
        const std::string encoded = wire::encode_startup_message(message);
        require(wire::parse_startup_message(std::string_view(encoded).substr(4)).parameters ==
                message.parameters);
        static_cast<void>(
            wire::encode_version_negotiation(wire::protocol_options(message.parameters)));
        const admitted_startup admitted = admit_startup(message);
        require(!admitted.user.empty() && !admitted.database.empty());
    } catch (const wire::login_error& refusal) {
        require(refusal.response().sqlstate.size() == 5);
    }
}

void read_token(std::string_view token) {
    const test_keys keys{.access_key_id = "AKIDEXAMPLE",
                         .secret_access_key = "hunter2/hunter2",
                         .session_token = {}};
    const std::optional<std::string> refusal =
        find_token_error(keys, {.token = token, .user = "admin", .server_name = "localhost"},
                         std::chrono::sys_days(std::chrono::year(2026) / 1 / 2));
    require(!refusal || refusal->find("hunter2") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    read_startup(bytes);
    read_token(bytes);
    return 0;
}
