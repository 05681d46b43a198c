// SPDX-License-Identifier: Apache-2.0
#include "pg/session/statement_cache.hpp"

#include "base/digest.hpp"
#include "base/hex.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

namespace dsql::pg {

namespace {

// Half of a SHA-256 digest, which is enough that two statements never share a name in practice.
constexpr std::size_t name_bytes = 16;

}  // namespace

std::string statement_name(std::string_view prefix, std::string_view sql,
                           std::span<const oid> types) {
    std::string text(sql);
    text += '\0';
    for (const oid type : types) {
        text.append(std::to_string(type)).append(1, ',');
    }
    const detail::sha256_digest digest = detail::sha256().add(text).finish();
    std::string name(prefix);
    detail::append_hex(name, std::span(digest).first(name_bytes));
    return name;
}

statement_cache::statement_cache(std::size_t capacity, bool may_evict, std::string name_prefix)
    : capacity_(capacity), may_evict_(may_evict), name_prefix_(std::move(name_prefix)) {}

[[gnu::hot]] bool statement_key::operator==(const statement_key& other) const noexcept {
    return sql == other.sql &&
           std::equal(types.begin(), types.end(), other.types.begin(), other.types.end());
}

[[gnu::hot]] std::size_t statement_key_hash::operator()(const statement_key& of) const noexcept {
    // The factor is 2^64 divided by the golden ratio. It spreads small numbers over all bits.
    std::uint64_t hash = std::hash<std::string_view>()(of.sql);
    for (const oid type : of.types) {
        hash = (hash ^ type) * 0x9e3779b97f4a7c15;
    }
    return static_cast<std::size_t>(hash);
}

[[gnu::hot]] auto statement_cache::find(std::string_view sql, std::span<const oid> types)
    -> const prepared* {
    const auto found = by_key_.find({sql, types});
    if (found == by_key_.end()) {
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->known;
}

std::optional<statement_cache::added> statement_cache::add(std::string_view sql,
                                                           std::span<const oid> types,
                                                           std::vector<oid> inferred) {
    std::optional<std::string> evicted;
    if (entries_.size() >= capacity_) {
        if (!may_evict_ || entries_.empty()) {
            return std::nullopt;
        }
        evicted = entries_.back().known.name;
        erase(std::prev(entries_.end()));
    }
    std::string name = statement_name(name_prefix_, sql, types);
    if (!may_evict_ && generation_ > 0) {
        name.append(1, '_').append(std::to_string(generation_));
    }
    const bool typed_by_server = !inferred.empty() || std::find(types.begin(), types.end(),
                                                                oids::unspecified) != types.end();
    entries_.push_front({.sql = std::string(sql),
                         .types = std::vector<oid>(types.begin(), types.end()),
                         .known = {.name = std::move(name),
                                   .inferred = std::move(inferred),
                                   .typed_by_server = typed_by_server}});
    by_key_.emplace(entries_.front().as_key(), entries_.begin());
    return added{entries_.front().known, std::move(evicted)};
}

void statement_cache::erase(entry_list::iterator which) {
    by_key_.erase(which->as_key());
    entries_.erase(which);
    ++generation_;
}

std::vector<std::string> statement_cache::clear() {
    std::vector<std::string> names;
    names.reserve(entries_.size());  // first, because no name may be lost if this throws
    for (entry& one : entries_) {
        names.push_back(std::move(one.known.name));
    }
    by_key_.clear();
    entries_.clear();
    ++generation_;
    return names;
}

void statement_cache::remove(std::string_view name) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [name](const entry& one) { return one.known.name == name; });
    if (found != entries_.end()) {
        erase(found);
    }
}

}  // namespace dsql::pg
