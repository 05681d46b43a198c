// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <string>
#include <string_view>

namespace dsql::detail {

/// Notes a password that is about to be sent, so that `without_sent_secrets` recognizes it for as
/// long as the process runs, or until 64 others were sent. Keeps no part of it. Thread-safe.
/// @see secret_fingerprint::lasting
DSQL_EXPORT void note_sent_secret(std::string_view password);

/// Returns a text of a server without the passwords that this process has sent: each is replaced by
/// "<token redacted>". Thread-safe.
[[nodiscard]] DSQL_EXPORT std::string without_sent_secrets(std::string_view text);

/// What stands in messages where a token was.
inline constexpr std::string_view redacted_token = "<token redacted>";

}  // namespace dsql::detail
