// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::detail {

/// Returns a copy of another program's output in which everything that looks like a secret is
/// replaced by "<redacted>", so that it may be part of a message. These are: the values of JSON
/// members, the text after "password=" and the like, and runs of 20 or more characters of base64
/// and its escapes, such as every AWS key id, secret key and session token. When in doubt it
/// redacts: a path may be redacted as well.
[[nodiscard]] std::string redact(std::string_view text);

}  // namespace dsql::detail
