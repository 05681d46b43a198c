// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// Percent-encodes every byte that RFC 3986 does not call unreserved, with upper-case hex digits.
std::string percent_encode(std::string_view text);

/// Undoes percent_encode().
/// Strict: a reserved byte that stands for itself, or a broken escape, gives std::nullopt, so that
/// a client which forgets to encode a `+` or a `/` is found out here and not on the real service.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace dsql_local
