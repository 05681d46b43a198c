// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of a server's messages before the client is authenticated. However the bytes
// are cut, the judgement is the same, and its text is harmless. The first byte says how they are
// cut.
#include "pg/connect/authentication_watch.hpp"
#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::size_t step = 1U + data[0] % 16U;
    std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    dsql::pg::authentication_messages at_once;
    at_once.read(bytes);
    dsql::pg::authentication_messages in_parts;
    while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, step);
        in_parts.read(part);
        bytes.remove_prefix(part.size());
    }
    require(at_once.is_over() == in_parts.is_over());
    require(at_once.fault().reason == in_parts.fault().reason);
    require(at_once.fault().text == in_parts.fault().text);
    require_harmless(at_once.fault().text);
    return 0;
}
