// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/scoped_environment_mask.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

namespace dsql::pg {

namespace {

// What stands in a hidden variable's place: a name no one reads. Never written to.
char placeholder[] = "_DSQL_HIDDEN=";

// Two connects at once must not take each other's placeholders for variables: the environment is
// the process's, so the lock is too.
constinit detail::fork_safe_mutex environment_mutex;

bool is_entry_of(const char* entry, const char* name) noexcept {
    const std::size_t length = std::strlen(name);
    return std::strncmp(entry, name, length) == 0 && entry[length] == '=';
}

bool is_set(const char* name) noexcept {
    return std::getenv(name) != nullptr;
}

void exchange(char*& entry, char* with) noexcept {
    std::atomic_ref<char*>(entry).store(with, std::memory_order_release);
}

}  // namespace

scoped_environment_mask::scoped_environment_mask(std::span<const char* const> names)
    : lock_(environment_mutex) {
    if (std::none_of(names.begin(), names.end(), is_set)) {
        lock_.unlock();
        return;
    }
    hidden_.reserve(names.size());  // so that nothing can fail half-way
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const bool wanted = std::any_of(names.begin(), names.end(), [entry](const char* name) {
            return is_entry_of(*entry, name);
        });
        if (wanted && hidden_.size() < names.size()) {
            hidden_.push_back(*entry);
            exchange(*entry, placeholder);
        }
    }
}

scoped_environment_mask::~scoped_environment_mask() {
    std::size_t next = 0;
    for (char** entry = environ; next < hidden_.size() && *entry != nullptr; ++entry) {
        if (*entry == placeholder) {
            exchange(*entry, hidden_[next++]);
        }
    }
}

}  // namespace dsql::pg
