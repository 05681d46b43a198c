// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/oid.hpp>

#include <cstddef>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dsql::pg {

/// Identifies a statement by its text and the declared types of its parameters. Borrows both.
struct statement_key {
    std::string_view sql{};
    std::span<const oid> types{};
    bool operator==(const statement_key& other) const noexcept;
};
struct statement_key_hash {
    std::size_t operator()(const statement_key& of) const noexcept;
};

/// The statements that a connection has prepared by itself: the most recently used ones, up to a
/// capacity. Only keeps track of them and sends nothing.
class statement_cache {
public:
    /// If `may_evict` is true, a new statement replaces the least recently used one, whose name
    /// must then be closed on the server. Otherwise a full cache accepts no more statements.
    statement_cache(std::size_t capacity, bool may_evict, std::string name_prefix);

    /// A statement that is prepared.
    struct prepared {
        std::string name{};  ///< on the server
        /// The types that values have to be fitted to. Empty if no value has to be fitted. See
        /// `inferred_types` in infer_parameters.cpp.
        std::vector<oid> inferred{};
        /// Whether the server inferred the type of a parameter, from the schema at that time.
        bool typed_by_server = false;
    };

    /// Returns a prepared statement, valid until it is removed, or null. Marks it as the most
    /// recently used.
    [[nodiscard]] const prepared* find(std::string_view sql, std::span<const oid> types);

    struct added {
        const prepared& statement;             ///< valid until it is removed
        std::optional<std::string> evicted{};  ///< the name of the statement it replaced
    };
    /// Adds a statement. Returns none if there is no room. Precondition: it is not in the cache.
    /// See `prepared` for `inferred`.
    [[nodiscard]] std::optional<added> add(std::string_view sql, std::span<const oid> types,
                                           std::vector<oid> inferred = {});

    /// Removes the statement with this name, if it is there.
    void remove(std::string_view name);

    /// Removes all statements and returns their names.
    [[nodiscard]] std::vector<std::string> clear();

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct entry {
        std::string sql{};
        std::vector<oid> types{};
        prepared known{};
        [[nodiscard]] statement_key as_key() const noexcept { return {sql, types}; }
    };
    using entry_list = std::list<entry>;

    void erase(entry_list::iterator which);

    std::size_t capacity_;
    bool may_evict_;
    std::string name_prefix_;
    // Counts removals. If names cannot be closed, it is a part of each new name, because no name
    // may be used again.
    std::size_t generation_ = 0;
    entry_list entries_{};  // the most recently used one first
    std::unordered_map<statement_key, entry_list::iterator, statement_key_hash> by_key_{};
};

/// Returns a name that is derived from a statement's text and types. It is the same on every
/// connection, so that poolers in front of the server recognize the statement.
[[nodiscard]] std::string statement_name(std::string_view prefix, std::string_view sql,
                                         std::span<const oid> types);

}  // namespace dsql::pg
