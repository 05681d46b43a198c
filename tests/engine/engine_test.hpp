// SPDX-License-Identifier: Apache-2.0
// Shared by the engine tests: connections to the fake libpq, and the outcome of a call.
#pragma once

#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include "engine/fake_libpq.hpp"
#include "pg/handle.hpp"
#include "pg/session/schema_version.hpp"
#include "pg/session/session_access.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <string>

namespace engine {

/// The outcome of a call.
struct outcome {
    enum class kind { success, server_error, connection_error, other_error };

    kind what = kind::success;
    std::string text{};      ///< a value, or the error's message
    std::string sqlstate{};  ///< of a server_error
    bool connection_lost = false;
    bool may_have_run = false;

    [[nodiscard]] bool is_success() const noexcept { return what == kind::success; }
};

/// Calls `f`, which returns a text, and returns the outcome.
template <class F>
outcome outcome_of(F f) {
    try {
        return {.text = f()};
    } catch (const dsql::server_error& failure) {
        return {outcome::kind::server_error, failure.what(), failure.sqlstate(),
                failure.connection_lost(), failure.statement_may_have_run()};
    } catch (const dsql::connection_error& failure) {
        return {outcome::kind::connection_error, failure.what(), "", failure.connection_lost(),
                failure.statement_may_have_run()};
    } catch (const dsql::error& failure) {
        return {outcome::kind::other_error, failure.what(), "", failure.connection_lost(),
                failure.statement_may_have_run()};
    }
}

/// Options of a connection that prepares no statements by itself.
inline dsql::session_options unprepared() {
    return {.statement_cache_capacity = 0};
}

inline dsql::connection connect(fake_libpq::server& to, const dsql::session_options& options = {}) {
    return dsql::pg::session_access::connect(dsql::pg::owned_handle(to.open()), options,
                                             std::make_shared<dsql::pg::schema_version>());
}

/// Returns the misuse of libpq and the objects that were not freed; empty if there are none. Call
/// it after the connections and results of a test are gone.
inline std::string uncleanness(const fake_libpq::server& of) {
    std::string found = of.violations();
    if (of.leaks() != 0) {
        found += std::to_string(of.leaks()) + " results or texts of libpq were not freed\n";
    }
    if (of.open_connections() != 0) {
        found += std::to_string(of.open_connections()) + " connections were not closed\n";
    }
    return found;
}

/// A test with one connection. Checks at its end that libpq was used correctly.
class fixture : public testing::Test {
protected:
    void TearDown() override {
        connection_.reset();
        EXPECT_EQ(uncleanness(server_), "");
    }

    dsql::connection& connection(const dsql::session_options& options = {}) {
        if (connection_ == nullptr) {
            connection_ = std::make_unique<dsql::connection>(connect(server_, options));
        }
        return *connection_;
    }

    fake_libpq::server server_{};

private:
    std::unique_ptr<dsql::connection> connection_{};
};

}  // namespace engine
