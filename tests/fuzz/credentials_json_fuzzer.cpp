// SPDX-License-Identifier: Apache-2.0
// Fuzzes the JSON readers: of credentials (from metadata, containers and processes) and of error
// responses. For any text they must return or throw.
#include <dsql/error.hpp>

#include "aws/providers/credentials_document.hpp"
#include "aws/providers/rest_json_call.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using dsql::aws::document_rules;

void read_document(std::string_view text, const document_rules& rules) {
    try {
        const dsql::credentials keys = dsql::aws::parse_credentials_document(text, rules);
        const bool complete = !keys.access_key_id.empty() && !keys.secret_access_key.empty() &&
                              (!rules.token_is_required || !keys.session_token.empty()) &&
                              (!rules.expiration_is_required || keys.expiration.has_value());
        if (!complete) {
            std::abort();
        }
    } catch (const dsql::credentials_error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_document(text, {});
    read_document(text, {.token_is_required = false, .expiration_is_required = false});
    if (dsql::aws::error_summary(text, {"code", "message"}).size() > 4096) {
        std::abort();
    }
    return 0;
}
