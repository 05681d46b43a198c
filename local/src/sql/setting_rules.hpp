// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/dsql_rules.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// Returns the refusal of an assignment to a setting, by SET, set_config() or the startup packet;
/// std::nullopt if DSQL accepts it. `value` is empty if it is not known. The case of the name does
/// not matter.
std::optional<refusal> find_setting_refusal(std::string_view name, std::string_view value = {});

/// The name without regard to case, as settings are compared.
std::string fold_setting_name(std::string_view name);

/// Interprets a Boolean as PostgreSQL does: an unambiguous beginning of true, false, yes, no, on or
/// off, or 1 or 0. Returns std::nullopt for anything else.
std::optional<bool> parse_boolean(std::string_view text);

}  // namespace dsql_local
