// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace conformance {

/// A statement and what is expected of it.
struct probe {
    std::string sql = {};
    std::string place = {};  ///< file and line, for messages
    std::string tag = {};    ///< empty if any will do
    std::optional<std::vector<std::string>> columns = {};
    std::optional<std::vector<std::vector<std::string>>> rows = {};
    std::string sqlstate = {};  ///< empty if the statement succeeds
    std::string message = {};   ///< empty if any will do
    std::string detail = {};    ///< empty if any will do
    std::string source = {};    ///< how the answer is known, and from when
    bool is_only_simple = false;
};

/// Statements that belong together: a blank line ends a case.
struct probe_case {
    std::string name = {};  ///< empty if it has none
    std::vector<probe> probes = {};
};

/// Reads a file in the format that README.md describes. Throws std::runtime_error, with the line,
/// if it is malformed.
std::vector<probe_case> read_probe_file(const std::filesystem::path& path);

}  // namespace conformance
