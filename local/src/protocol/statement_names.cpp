// SPDX-License-Identifier: Apache-2.0
#include "protocol/statement_names.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dsql_local {
namespace {

constexpr std::size_t significant_size = 63;

void drop_current(statement_names::record& which) {
    which.current.reset();
    if (which.pending == 0) {
        which.expected.reset();
    }
}

}  // namespace

statement_names::record& statement_names::at(std::string_view name) {
    name = name.substr(0, significant_size);
    if (name.empty()) {
        return unnamed_;
    }
    auto found = named_.find(name);
    if (found == named_.end()) {
        found = named_.try_emplace(std::string(name)).first;
        found->second.name = &found->first;
    }
    return found->second;
}

statement_names::record* statement_names::find(std::string_view name) {
    name = name.substr(0, significant_size);
    if (name.empty()) {
        return &unnamed_;
    }
    const auto found = named_.find(name);
    return found == named_.end() ? nullptr : &found->second;
}

bool statement_names::is_empty() const {
    return !unnamed_.expected && std::none_of(named_.begin(), named_.end(), [](const auto& entry) {
        return entry.second.expected != nullptr;
    });
}

void statement_names::expect(record& which, std::uint64_t number, statement made) {
    which.expected = std::move(made);
    which.expected_by = number;
    ++which.pending;
}

void statement_names::confirm(record& which, statement made) {
    which.current = std::move(made);
    release(which);
}

void statement_names::revert(record& which, std::uint64_t number) {
    if (which.expected_by == number) {
        which.expected = which.current;
    }
    release(which);
}

void statement_names::release(record& which) {
    --which.pending;
    if (which.pending == 0 && !which.current && which.name != nullptr) {
        named_.erase(named_.find(*which.name));
    }
}

void statement_names::drop_replaced(record& which) {
    if (&which == &unnamed_) {
        which.current.reset();
    }
}

void statement_names::drop_all() {
    drop_current(unnamed_);
    for (auto at = named_.begin(); at != named_.end();) {
        drop_current(at->second);
        at = at->second.pending == 0 ? named_.erase(at) : std::next(at);
    }
}

void statement_names::drop(std::string_view name) {
    if (record* const which = find(name)) {
        ++which->pending;
        which->current.reset();
        if (which->pending == 1) {
            which->expected.reset();
        }
        release(*which);
    }
}

}  // namespace dsql_local
