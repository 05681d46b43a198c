// SPDX-License-Identifier: Apache-2.0
// Fuzzes the XML readers of results and errors of STS. For any text they must return or throw.
#include <dsql/error.hpp>

#include "aws/providers/sts/sts_protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void read_credentials(std::string_view text) {
    try {
        const dsql::credentials keys = dsql::aws::parse_sts_credentials(text);
        if (keys.access_key_id.empty() || keys.secret_access_key.empty() ||
            keys.session_token.empty() || !keys.expiration) {
            std::abort();
        }
    } catch (const dsql::credentials_error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_credentials(text);
    static_cast<void>(dsql::aws::parse_sts_error(text));
    return 0;
}
