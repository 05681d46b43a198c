// SPDX-License-Identifier: Apache-2.0
#include "pg/session/prepared_statements.hpp"

#include "pg/libpq_version.hpp"

#include <libpq-fe.h>

#include <utility>

namespace dsql::pg {

std::vector<oid> described_parameter_types(const pg_result* description) {
    std::vector<oid> types;
    types.reserve(static_cast<std::size_t>(PQnparams(description)));
    for (int i = 0; i < PQnparams(description); ++i) {
        types.push_back(PQparamtype(description, i));
    }
    return types;
}

prepared_statements::prepared_statements(std::size_t capacity, std::string name_prefix)
    : capacity_(capacity),
      name_prefix_(std::move(name_prefix)),
      cache_(capacity, can_close_prepared(), name_prefix_) {}

bool prepared_statements::drop_if_typed_by_server(std::string_view sql,
                                                  std::span<const oid> types) {
    const statement_cache::prepared* const found = cache_.find(sql, types);
    if (found == nullptr || !found->typed_by_server) {
        return false;
    }
    std::string name = found->name;
    cache_.remove(name);
    close_later(std::move(name));
    return true;
}

auto prepared_statements::find_explicit(const std::string& sql) -> explicit_statement* {
    const auto found = explicit_.find(sql);
    return found == explicit_.end() ? nullptr : &found->second;
}

auto prepared_statements::find_explicit(const std::string& sql) const -> const explicit_statement* {
    const auto found = explicit_.find(sql);
    return found == explicit_.end() ? nullptr : &found->second;
}

auto prepared_statements::put_explicit(explicit_statement added) -> explicit_statement& {
    std::string sql = added.handle.sql();
    if (explicit_statement* const replaced = find_explicit(sql)) {
        close_later(std::exchange(replaced->name, {}));
        return *replaced = std::move(added);
    }
    return explicit_.emplace(std::move(sql), std::move(added)).first->second;
}

void prepared_statements::erase_explicit(const std::string& sql) {
    explicit_.erase(sql);
}

std::string prepared_statements::new_explicit_name(std::string_view sql) {
    std::string name = statement_name(name_prefix_ + "by_hand_", sql, {});
    // Without renewals it is the same on each connection, for poolers between it and the server. A
    // name that was replaced may still be there.
    if (find_explicit(std::string(sql)) != nullptr) {
        ++renewals_;
    }
    if (renewals_ > 0) {
        name.append(1, '_').append(std::to_string(renewals_));
    }
    return name;
}

void prepared_statements::forget_all() {
    for (auto& [sql, statement] : explicit_) {
        statement.is_stale = true;
    }
    for (std::string& name : cache_.clear()) {
        close_later(std::move(name));
    }
}

void prepared_statements::close_later(std::string name) {
    if (can_close_prepared()) {
        names_to_close_.push_back(std::move(name));
    }
}

std::vector<std::string> prepared_statements::take_names_to_close() {
    return std::exchange(names_to_close_, {});
}

}  // namespace dsql::pg
