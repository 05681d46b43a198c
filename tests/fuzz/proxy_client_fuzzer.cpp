// SPDX-License-Identifier: Apache-2.0
// Fuzzes what dsql proxy reads of a client: the messages of SCRAM, the stream of messages after the
// login, and with --compat the statements in it.
#include "proxy/compat_filter.hpp"
#include "proxy/scram.hpp"
#include "proxy/session_traffic.hpp"
#include "wire/messages.hpp"
#include "wire/relay_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace dsql_cli::proxy;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// The two messages are separated by a line break. Nobody knows the password.
void read_scram(std::string_view bytes) {
    static const scram_verifier verifier{
        .salt = "salt", .iterations = 1, .stored_key = std::string(32, 's'), .server_key = "k"};
    const std::size_t line = bytes.find('\n');
    try {
        scram_exchange exchange(verifier, "nonce");
        static_cast<void>(exchange.challenge(bytes.substr(0, line)));
        if (line != std::string_view::npos) {
            require(!exchange.verify(bytes.substr(line + 1)));
        }
    } catch (const wire::login_error& error) {
        require(error.response().sqlstate == "08P01");
    }
}

// Gives the bytes to a session in chunks, and returns what it passes on.
std::string pass(session_traffic& traffic, std::string_view bytes, std::size_t chunk_size,
                 bool is_client) {
    std::string passed;
    wire::relay_buffer out;
    while (!bytes.empty()) {
        const std::string_view chunk = bytes.substr(0, chunk_size);
        bytes.remove_prefix(chunk.size());
        out.reset(chunk);
        is_client ? traffic.from_client(chunk, out) : traffic.from_cluster(chunk, out);
        passed += out.bytes();
    }
    return passed;
}

// What has passed is the beginning of the stream; the beginning of a message may be held.
void relay(std::string_view bytes) {
    for (const std::size_t chunk_size : {std::size_t{1}, std::size_t{7}, std::size_t{65'536}}) {
        session_traffic traffic;
        for (const bool is_client : {true, false}) {
            const std::string passed = pass(traffic, bytes, chunk_size, is_client);
            require(bytes.substr(0, passed.size()) == passed);
        }
    }
}

void rewrite(std::string_view sql) {
    compat_filter filter([](const std::string& answered) { require(!answered.empty()); });
    const std::string sent = filter.rewrite(sql);
    require(sent.empty() || sent != sql);
    static_cast<void>(filter.rewrite(sent));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    read_scram(bytes);
    relay(bytes);
    rewrite(bytes);
    return 0;
}
