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

/// What a statement is told apart by: its text and the declared types of its parameters. Borrows
/// both.
struct statement_key {
    std::string_view sql{};
    std::span<const oid> types{};
    bool operator==(const statement_key& other) const noexcept;
};
struct statement_key_hash {
    std::size_t operator()(const statement_key& of) const noexcept;
};

/// Which statements a connection has prepared on its own account: those used last, up to a
/// capacity. Keeps names only, and sends nothing. A statement is its text and the types of its
/// parameters.
class statement_cache {
public:
    /// With `may_evict` the one used longest ago makes room for a new one, and its name has to be
    /// closed on the server; without, a full cache takes no more.
    statement_cache(std::size_t capacity, bool may_evict, std::string name_prefix);

    /// What is known of a statement that is prepared.
    struct prepared {
        std::string name{};  ///< the server's
        /// The types that stand at its parameters, where a value has to be fitted to one of them;
        /// else empty. See `inferred_types`.
        std::vector<oid> inferred{};
        /// Whether the server has worked out the type of a parameter: from the schema as it was.
        bool typed_by_server = false;
    };

    /// A statement that is prepared, valid until it is removed; null when it is not. Makes it the
    /// one used last.
    [[nodiscard]] const prepared* find(std::string_view sql, std::span<const oid> types);

    struct added {
        const prepared& statement;             ///< valid until it is removed
        std::optional<std::string> evicted{};  ///< the name of the one that made room
    };
    /// Adds a statement that is not there. None when there is no room. See `prepared` for
    /// `inferred`.
    [[nodiscard]] std::optional<added> add(std::string_view sql, std::span<const oid> types,
                                           std::vector<oid> inferred = {});

    /// Forgets the statement of that name, if it is there.
    void remove(std::string_view name);

    /// Forgets them all, and returns their names.
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
    // Counts what was removed: where a name cannot be closed it must not be used again.
    std::size_t generation_ = 0;
    entry_list entries_{};  // the one used last in front
    std::unordered_map<statement_key, entry_list::iterator, statement_key_hash> by_key_{};
};

/// A name made of a statement's text and types, the same on every connection, so that poolers
/// between us and the server can tell that it is the same statement.
[[nodiscard]] std::string statement_name(std::string_view prefix, std::string_view sql,
                                         std::span<const oid> types);

}  // namespace dsql::pg
