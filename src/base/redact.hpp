// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::detail {

/// A copy of what a foreign program wrote, for a message, with "<redacted>" in place of whatever
/// looks like a secret: the values of JSON members, quoted either way, what stands behind
/// "password=" and the like, and runs of 20 or more characters that base64 and its escapes are made
/// of, which every AWS key id, secret key and session token is. Rather too much than too little: a
/// path may go as well.
[[nodiscard]] std::string redact(std::string_view text);

}  // namespace dsql::detail
