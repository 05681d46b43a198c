// SPDX-License-Identifier: Apache-2.0
// Fuzzes what is read out of texts that a server or another program has written: libpq's text about
// a failed connect, the lines of EXPLAIN, and output from which secrets are removed.
#include <dsql/error.hpp>
#include <dsql/explain_dpu.hpp>

#include "base/redact.hpp"
#include "errors/classify_connect_error.hpp"
#include "pg/connect/make_connect_error.hpp"
#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

bool is_part_of(const std::string& part, std::string_view whole) {
    return whole.find(part) != std::string_view::npos;
}

void read_refusal(std::string_view text) {
    const dsql::pg::server_refusal refusal = dsql::pg::parse_refusal(text);
    require(refusal.sqlstate.empty() || refusal.sqlstate.size() == 5);
    for (const std::string* part : {&refusal.sqlstate, &refusal.message, &refusal.hint}) {
        require(is_part_of(*part, text));
    }
    const dsql::connection_error failure(
        dsql::connection_phase::startup, std::string(text),
        dsql::connection_cause{
            .server_message = refusal.message, .hint = refusal.hint, .sqlstate = refusal.sqlstate});
    const bool is_retried = dsql::detail::is_retried_by_pool(failure);
    require(is_retried || !failure.is_transient());
    static_cast<void>(dsql::detail::is_expired_token(failure));
    static_cast<void>(dsql::detail::is_quota_refusal(failure));
}

void read_estimate(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    try {
        static_cast<void>(dsql::parse_dpu_estimate(lines));
    } catch (const dsql::error&) {
    }
}

// No secret key is shorter than 40 characters.
void require_no_secret(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::string redacted = dsql::detail::redact(text);
    std::size_t run = 0;
    for (const char c : redacted) {
        run = alphabet.find(c) == std::string_view::npos ? 0 : run + 1;
        require(run < 40);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_refusal(text);
    read_estimate(text);
    require_no_secret(text);
    return 0;
}
