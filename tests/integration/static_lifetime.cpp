// SPDX-License-Identifier: Apache-2.0
// Objects of the library with static lifetime. DSQL_TEST_STATIC names the one to make. This file is
// linked into a separate program, and into a module that a program loads and unloads.
#include "integration/static_lifetime.hpp"

#include <dsql/dsql.hpp>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

bool is_wanted(std::string_view name) {
    const char* const wanted = std::getenv("DSQL_TEST_STATIC");
    return wanted != nullptr && wanted == name;
}

dsql::config settings() {
    if (is_wanted("looked_up")) {
        unsetenv("DSQL_HOST_ADDRESS");
    }
    return {.host = std::getenv("CLUSTER_ENDPOINT"), .user = "admin"};
}

std::unique_ptr<dsql::pool> make_pool() {
    return std::make_unique<dsql::pool>(settings(), dsql::pool_options{.min_connections = 4});
}

// Destroyed after all other objects, and after OpenSSL. A program may still use objects of the
// library here, and gets an error.
struct late_user {
    late_user() = default;
    ~late_user();
    late_user(const late_user&) = delete;
    late_user& operator=(const late_user&) = delete;

    std::unique_ptr<dsql::pool> pool{};
    std::unique_ptr<dsql::connection> session{};
};
late_user user;

// These pointers are constructed before any object of the library and filled later.
std::unique_ptr<dsql::pool> late_pool;
std::unique_ptr<dsql::connection> late_connection;
std::unique_ptr<dsql::pooled_connection> late_acquired;
std::unique_ptr<dsql::token_generator> late_tokens;
std::vector<dsql::pooled_connection> late_loans;

struct early {
    early() {
        if (is_wanted("namespace")) {
            pool = make_pool();
        }
    }
    std::unique_ptr<dsql::pool> pool{};
};
early at_namespace_scope;

dsql::pool& in_a_function() {
    static dsql::pool pool(settings(), {.min_connections = 4});
    return pool;
}

template <class F>
bool fails(F f) {
    try {
        f();
        return false;
    } catch (const dsql::error&) {
        return true;
    }
}

late_user::~late_user() {
    if (pool != nullptr && !fails([&] { pool->ping(); })) {
        std::_Exit(90);
    }
    if (session != nullptr && !fails([&] { session->ping(); })) {
        std::_Exit(91);
    }
    if ((pool != nullptr || session != nullptr) &&
        !fails([] { static_cast<void>(dsql::connect(settings())); })) {
        std::_Exit(92);
    }
}

void use_one_object() {
    if (is_wanted("function")) {
        static_cast<void>(in_a_function().stat());
    } else if (is_wanted("holder") || is_wanted("looked_up")) {
        late_pool = make_pool();
    } else if (is_wanted("connection")) {
        late_connection = std::make_unique<dsql::connection>(dsql::connect(settings()));
    } else if (is_wanted("loan")) {
        late_pool = make_pool();
        late_acquired = std::make_unique<dsql::pooled_connection>(late_pool->acquire());
    } else if (is_wanted("loan_without_pool")) {
        const std::unique_ptr<dsql::pool> pool = make_pool();
        pool->warm_up(2, std::chrono::seconds(60));
        late_loans = pool->acquire_all_idle();
    } else if (is_wanted("tokens")) {
        late_tokens = std::make_unique<dsql::token_generator>(settings());
        static_cast<void>(late_tokens->get());
    } else if (is_wanted("used_after_exit")) {
        user.pool = make_pool();
        user.session = std::make_unique<dsql::connection>(dsql::connect(settings()));
    }
}

}  // namespace

void use_static_object() {
    use_one_object();
    // The process exits at an arbitrary moment of the connect.
    const char* const delay = std::getenv("DSQL_TEST_DELAY_US");
    std::this_thread::sleep_for(std::chrono::microseconds(delay == nullptr ? 0 : std::stol(delay)));
}
