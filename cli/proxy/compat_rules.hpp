// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace dsql_cli::proxy {

/// One rule of compat_rules.inc.
struct compat_rule {
    std::string key{};      ///< the first field: what it is a rule for
    std::string action{};   ///< the second field, whose meaning depends on the section
    std::string meaning{};  ///< what it means for the user that the cluster never gets it
};

/// The rules of `--compat`: what tools send and Aurora DSQL refuses. They are compiled in from
/// compat_rules.inc, which explains them. Immutable.
class compat_rules {
public:
    /// The rules that are compiled in. Throws std::logic_error if the file is malformed.
    [[nodiscard]] static const compat_rules& get();

    /// Finds a rule of a section; null if there is none. Throws std::out_of_range for an unknown
    /// section.
    [[nodiscard]] const compat_rule* find(std::string_view section, std::string_view key) const;

    /// Whether a key of a section begins with `word`.
    [[nodiscard]] bool has_key_with(std::string_view section, std::string_view word) const;

    /// Finds the rule for a setting with this value, which may have quotes; null if the setting is
    /// not listed, or not with this value.
    [[nodiscard]] const compat_rule* find_setting(std::string_view name,
                                                  std::string_view value) const;

private:
    explicit compat_rules(std::string_view text);

    std::map<std::string, std::map<std::string, compat_rule, std::less<>>, std::less<>> sections_;
};

}  // namespace dsql_cli::proxy
