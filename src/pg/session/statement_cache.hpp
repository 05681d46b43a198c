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

/// Which statements a connection has prepared on its own account: those used last, up to a
/// capacity. Keeps names only, and sends nothing. A statement is its text and the types of its
/// parameters.
class statement_cache {
public:
    /// With `may_evict` the one used longest ago makes room for a new one, and its name has to be
    /// closed on the server; without, a full cache takes no more.
    statement_cache(std::size_t capacity, bool may_evict, std::string name_prefix);

    /// The name of a statement that is prepared; null when it is not. Makes it the one used last.
    [[nodiscard]] const std::string* find(std::string_view sql, std::span<const oid> types);

    struct added {
        const std::string& name;               ///< to prepare it by; valid until it is removed
        std::optional<std::string> evicted{};  ///< the name of the one that made room
    };
    /// Adds a statement that is not there. None when there is no room.
    [[nodiscard]] std::optional<added> add(std::string_view sql, std::span<const oid> types);

    /// Forgets the statement of that name, if it is there.
    void remove(std::string_view name);

    /// Forgets them all, and returns their names.
    [[nodiscard]] std::vector<std::string> clear();

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct key {
        std::string_view sql{};
        std::span<const oid> types{};
        bool operator==(const key& other) const noexcept;
    };
    struct key_hash {
        std::size_t operator()(const key& of) const noexcept;
    };
    struct entry {
        std::string sql{};
        std::vector<oid> types{};
        std::string name{};
        [[nodiscard]] key as_key() const noexcept { return {sql, types}; }
    };
    using entry_list = std::list<entry>;

    void erase(entry_list::iterator which);

    std::size_t capacity_;
    bool may_evict_;
    std::string name_prefix_;
    // Counts what was removed: where a name cannot be closed it must not be used again.
    std::size_t generation_ = 0;
    entry_list entries_{};  // the one used last in front
    std::unordered_map<key, entry_list::iterator, key_hash> by_key_{};
};

/// A name made of a statement's text and types, the same on every connection, so that poolers
/// between us and the server can tell that it is the same statement.
[[nodiscard]] std::string statement_name(std::string_view prefix, std::string_view sql,
                                         std::span<const oid> types);

}  // namespace dsql::pg
