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

/// The parameter types that the server has inferred for the statements of one call. Borrows the
/// texts and declared types of the statements.
class inferred_parameters {
public:
    /// Returns the types of a statement's parameters, or null if it is to be run with its declared
    /// types.
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
