// SPDX-License-Identifier: Apache-2.0
#include "describe_error.hpp"

#include <dsql/retry_policy.hpp>

#include "format.hpp"

namespace dsql_cli {

namespace {

// Without the part in brackets that the text ends with, if it begins like this.
std::string_view without_part(std::string_view text, std::string_view beginning) noexcept {
    return text.ends_with(']') ? text.substr(0, text.rfind(beginning)) : text;
}

}  // namespace

std::string_view without_source_place(std::string_view text) noexcept {
    return without_part(text, " [at ");
}

std::string describe_error(const dsql::error& thrown) {
    const auto* const server = dynamic_cast<const dsql::server_error*>(&thrown);
    if (server == nullptr) {
        const std::string_view text = without_source_place(thrown.what());
        return to_single_line(without_part(text, " [statement: "));
    }
    const dsql::server_error_fields& fields = server->fields();
    std::string text = to_single_line(fields.message);
    text.append(" (SQLSTATE ").append(fields.sqlstate).append(")");
    if (const auto* const last = dynamic_cast<const dsql::retries_exhausted*>(&thrown)) {
        text.append(", after ").append(std::to_string(last->attempts())).append(" attempts");
    }
    for (const std::string& more : {fields.detail, fields.hint}) {
        if (!more.empty()) {
            text.append("; ").append(to_single_line(more));
        }
    }
    return text;
}

}  // namespace dsql_cli
