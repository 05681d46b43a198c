// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::detail {

/// Decodes percent-encoding (RFC 3986, section 2.1). `part` names what is decoded, for the
/// `config_error` that a broken sequence or a zero byte throws.
[[nodiscard]] std::string percent_decode(std::string_view text, std::string_view part);

}  // namespace dsql::detail
