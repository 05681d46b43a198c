// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/oid.hpp>

#include "pg/session/statement_cache.hpp"
#include "pg/sql/statement_traits.hpp"

#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dsql::pg {

/// The types to ask the server about a statement with: those that its values were declared with,
/// unspecified where the server has to say what stands there, because its own cast from the
/// declared type would lose something or go by the session's time zone. Empty when there is no
/// such parameter.
[[nodiscard]] std::vector<oid> types_to_ask_with(std::string_view sql,
                                                 const statement_traits& traits,
                                                 std::span<const oid> declared);

/// The types that stand at a statement's parameters, as far as the server was asked and a value has
/// to be fitted to one of them; empty where no value has. `asked_with` is from `types_to_ask_with`.
[[nodiscard]] std::vector<oid> inferred_types(std::span<const oid> declared,
                                              std::span<const oid> asked_with,
                                              std::span<const oid> described);

/// What the server has inferred for the statements of one call. Borrows their texts and types.
class inferred_parameters {
public:
    /// Null for a statement that is to be run with its declared types.
    [[nodiscard]] const std::vector<oid>* find(std::string_view sql,
                                               std::span<const oid> declared) const {
        const auto found = types_.empty() ? types_.end() : types_.find({sql, declared});
        return found == types_.end() || found->second.empty() ? nullptr : &found->second;
    }
    void put(const statement_key& statement, std::vector<oid> types) {
        types_.insert_or_assign(statement, std::move(types));
    }

private:
    std::unordered_map<statement_key, std::vector<oid>, statement_key_hash> types_{};
};

}  // namespace dsql::pg
