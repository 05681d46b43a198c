// SPDX-License-Identifier: Apache-2.0
#include "pg/hidden_environment.hpp"

#include <unistd.h>

#include <atomic>
#include <cstring>

namespace dsql::pg {

namespace {

// What stands in a hidden variable's place: a name no one reads. Never written to.
char placeholder[] = "_DSQL_HIDDEN=";

// Two connects at once must not take each other's placeholders for variables: the environment is
// the process's, so the lock is too.
std::mutex& environment_mutex() {
    static std::mutex mutex;
    return mutex;
}

bool is_libpq_variable(const char* entry) noexcept {
    return std::strncmp(entry, "PG", 2) == 0;
}

bool any_libpq_variable() noexcept {
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        if (is_libpq_variable(*entry)) {
            return true;
        }
    }
    return false;
}

void exchange(char*& entry, char* with) noexcept {
    std::atomic_ref<char*>(entry).store(with, std::memory_order_release);
}

}  // namespace

hidden_pg_environment::hidden_pg_environment() : lock_(environment_mutex()) {
    if (!any_libpq_variable()) {
        lock_.unlock();
        return;
    }
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (is_libpq_variable(*entry)) {
            hidden_.push_back(*entry);
            exchange(*entry, placeholder);
        }
    }
}

hidden_pg_environment::~hidden_pg_environment() {
    std::size_t next = 0;
    for (char** entry = environ; next < hidden_.size() && *entry != nullptr; ++entry) {
        if (*entry == placeholder) {
            exchange(*entry, hidden_[next++]);
        }
    }
}

}  // namespace dsql::pg
