// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The error with which DSQL refuses a statement or a setting.
struct refusal {
    std::string sqlstate = {};
    std::string message = {};
    std::string detail = {};
    /// Whether it refuses CREATE INDEX for nothing but the missing ASYNC.
    bool is_sync_index = false;
};

/// One line of dsql_rules.inc: the fields after the key. The last one is the source.
using rule_fields = std::vector<std::string>;

/// The rule set of Aurora DSQL, as dsql_rules.inc states it. Immutable, so that threads may share
/// it. A section or key that the file does not contain is a defect of this program:
/// std::out_of_range.
class dsql_rules {
public:
    static const dsql_rules& get();

    /// Returns the rule for `key`; null if the section does not list it.
    const rule_fields* find(std::string_view section, std::string_view key) const;

    /// Whether the section lists `key`.
    bool lists(std::string_view section, std::string_view key) const {
        return find(section, key) != nullptr;
    }

    /// Returns all rules of a section.
    const std::map<std::string, rule_fields, std::less<>>& section(std::string_view name) const;

    /// Returns the refusal at `place` in the section `clauses`, with `name` in place of {}.
    refusal clause(std::string_view place, std::string_view name = {}) const;

private:
    explicit dsql_rules(std::string_view text);

    std::map<std::string, std::map<std::string, rule_fields, std::less<>>, std::less<>> sections_;
};

/// What a rule finds: the refusal, or nothing if DSQL accepts the statement.
using found_refusal = std::optional<refusal>;

/// Returns dsql_rules::clause() of the rule set.
refusal refuse(std::string_view place, std::string_view name = {});

/// Returns the refusal that a verdict of the file describes, with `name` in place of {}.
/// Precondition: the verdict is not "accepted".
refusal make_refusal(std::string_view verdict, std::string_view name = {});

/// Whether what is in a schema belongs to the system. `public` itself does, but users' tables are
/// in it.
inline bool holds_system_objects(std::string_view schema) {
    return schema != "public" && dsql_rules::get().lists("system schemas", schema);
}

}  // namespace dsql_local
