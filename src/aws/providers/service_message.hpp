// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::detail {

/// The members in which a service's JSON tells what went wrong.
struct message_members {
    std::string_view code;
    std::string_view message;
};

/// `, code "...", message "..."`: what a service says about its refusal, for a message of ours; ""
/// when it says nothing. Both are cut to 256 bytes, and where `secret` stands in them, if it is not
/// empty, "<redacted>" does instead. Nothing else of `body` is shown.
[[nodiscard]] std::string service_message(std::string_view body, const message_members& members,
                                          std::string_view secret = {});

}  // namespace dsql::detail
