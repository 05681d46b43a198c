// SPDX-License-Identifier: Apache-2.0
// The C interface while each allocation fails in turn: no exception leaves a function, a function
// that fails says so, and everything is freed. This is a separate program, because it makes
// operator new and malloc fail.
#include "support/shortage.hpp"

#include <dsql.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

namespace {

constexpr const char* cluster =
    "postgres://app@a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws:1/postgres"
    "?hostaddr=127.0.0.1&application_name=a%20name%20that%20needs%20an%20allocation";

// One use of the interface, which frees what it gets, and returns the status of the function that
// it has called last.
struct use {
    const char* name;
    std::function<dsql_status(dsql_error** error)> run;
    dsql_status usual;  // what comes of it when no memory is missing
    // False for a connect: the library remembers the last tokens that it has sent, of which there
    // is another one each second, and a thread that nobody waits for has fetched the credentials.
    bool frees_all = true;

    friend std::ostream& operator<<(std::ostream& out, const use& shown) {
        return out << shown.name;
    }
};

dsql_status make_config(dsql_config** config, dsql_error** error) {
    const dsql_status status = dsql_config_create(cluster, config, error);
    return status != DSQL_OK
               ? status
               : dsql_config_set_credentials(*config, "AKIDEXAMPLE", "secret+EXAMPLE/key",
                                             "a session token that needs an allocation", 0, error);
}

// Makes a config, then calls `work` with it.
use with_config(const char* name,
                const std::function<dsql_status(dsql_config*, dsql_error**)>& work,
                dsql_status usual = DSQL_OK, bool frees_all = true) {
    return {name,
            [work](dsql_error** error) {
                dsql_config* config = nullptr;
                dsql_status status = make_config(&config, error);
                if (status == DSQL_OK) {
                    status = work(config, error);
                }
                dsql_config_free(config);
                return status;
            },
            usual, frees_all};
}

dsql_status set_names(dsql_config* config, dsql_error** error) {
    const dsql_status status =
        dsql_config_set(config, "search_path", "a_schema_with_a_long_name", error);
    return status != DSQL_OK ? status : dsql_config_set(config, "port", "none", error);
}

dsql_status resolve(dsql_config* config, dsql_error** error) {
    dsql_endpoint* endpoint = nullptr;
    dsql_status status = dsql_endpoint_create(config, DSQL_NO_TIMEOUT, &endpoint, error);
    char* file = nullptr;
    if (status == DSQL_OK) {
        status = dsql_endpoint_root_certificate(endpoint, 1, &file, error);
    }
    EXPECT_EQ(status == DSQL_OK, file != nullptr);
    dsql_string_free(file);
    dsql_endpoint_free(endpoint);
    return status;
}

dsql_status make_token(dsql_config* config, dsql_error** error) {
    char* token = nullptr;
    const dsql_status status = dsql_token_create(config, DSQL_NO_TIMEOUT, &token, error);
    EXPECT_EQ(status == DSQL_OK, token != nullptr);
    dsql_string_free(token);
    return status;
}

dsql_status generate_token(dsql_config* config, dsql_error** error) {
    dsql_token_generator* generator = nullptr;
    dsql_status status = dsql_token_generator_create(config, &generator, error);
    char* token = nullptr;
    if (status == DSQL_OK) {
        status = dsql_token_generator_get(generator, DSQL_NO_TIMEOUT, &token, error);
    }
    EXPECT_EQ(status == DSQL_OK, token != nullptr);
    dsql_string_free(token);
    dsql_token_generator_free(generator);
    return status;
}

// Nothing listens on port 1 of the loopback interface.
dsql_status connect(dsql_config* config, dsql_error** error) {
    dsql_connector* connector = nullptr;
    dsql_status status = dsql_connector_create(config, &connector, error);
    pg_conn* connection = nullptr;
    if (status == DSQL_OK) {
        status = dsql_connector_connect(connector, 60'000, &connection, error);
    }
    EXPECT_EQ(connection, nullptr);
    dsql_connector_free(connector);
    return status;
}

class CShortage : public testing::TestWithParam<use> {
protected:
    // Runs the use once. Returns its status.
    static dsql_status run() {
        dsql_error* error = nullptr;
        const dsql_status status = GetParam().run(&error);
        shortage::end();
        EXPECT_EQ(dsql_error_status(error), status);
        EXPECT_EQ(error == nullptr, status == DSQL_OK);
        EXPECT_EQ(*dsql_error_message(error) == '\0', status == DSQL_OK);
        dsql_error_free(error);
        return status;
    }

    // Lets each allocation fail in turn, alone or with all that follow.
    static void sweep(shortage::resource what) {
        sweep(what, 1);
        sweep(what, UINT64_MAX);
    }

private:
    static void sweep(shortage::resource what, std::uint64_t times) {
        ASSERT_EQ(run(), GetParam().usual);  // makes what the process keeps
        const long before = shortage::live_blocks();
        std::uint64_t reported = 0;
        for (std::uint64_t nth = 1;; ++nth) {
            shortage::fail(what, nth, times);
            const dsql_status status = run();
            if (shortage::failed() == 0) {
                break;
            }
            reported += status == DSQL_OUT_OF_MEMORY ? 1 : 0;
            ASSERT_NE(status, DSQL_INVALID_ARGUMENT) << "allocation " << nth;
            if (GetParam().frees_all) {
                ASSERT_EQ(shortage::live_blocks(), before) << "allocation " << nth;
            }
        }
        // Not each: others make some of them, and can do without. Some uses need no malloc.
        if (what == shortage::resource::memory) {
            EXPECT_GT(reported, 0U);
        }
    }
};

TEST_P(CShortage, EachOperatorNewFails) {
    sweep(shortage::resource::memory);
}

TEST_P(CShortage, EachMallocFails) {
    sweep(shortage::resource::c_memory);
}

INSTANTIATE_TEST_SUITE_P(Uses, CShortage,
                         testing::Values(with_config("set", &set_names, DSQL_INVALID_CONFIG),
                                         with_config("endpoint", &resolve),
                                         with_config("token", &make_token),
                                         with_config("generator", &generate_token),
                                         with_config("connect", &connect, DSQL_UNREACHABLE, false)),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(CShortageOfConflicts, NothingLeavesTheFunctions) {
    const std::string message(100, 'x');
    for (std::uint64_t nth = 1;; ++nth) {
        shortage::fail(shortage::resource::memory, nth);
        static_cast<void>(dsql_conflict_of("40001", message.c_str()));
        static_cast<void>(dsql_is_retryable("XX000", message.c_str()));
        shortage::end();
        if (shortage::failed() == 0) {
            break;
        }
    }
}

}  // namespace
