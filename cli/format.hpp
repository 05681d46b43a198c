// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli {

/// "2026-01-02T03:04:05Z".
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point at);

/// The last four characters of an access key id, which tell one key from another and are what
/// AWS's own tools show; all of a short one is redacted.
[[nodiscard]] std::string key_id_text(const std::string& access_key_id);

/// Whether `part` stands somewhere in `text`.
[[nodiscard]] bool contains(std::string_view text, std::string_view part);

/// With commas between them.
[[nodiscard]] std::string joined(const std::vector<std::string>& texts);

/// A text of somebody else's as one line, without what a terminal would act on.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace dsql_cli
