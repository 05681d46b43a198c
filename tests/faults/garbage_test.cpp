// SPDX-License-Identifier: Apache-2.0
// A server that sends random bytes and random messages in place of an answer. Whatever they are,
// the call ends, an error is one of the library's, and the connection is either closed or idle.
#include <dsql/dsql.hpp>

#include "faults/scenarios.hpp"
#include "faults/struck_server.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>
#include <string_view>

namespace garbage_test {

int rounds() {
    const char* const given = std::getenv("DSQL_TEST_ROUNDS");
    return given == nullptr ? 100 : std::stoi(given);
}

class garbage_source {
public:
    explicit garbage_source(std::uint64_t seed) : random_(seed) {}

    // Half of it is messages whose length is right.
    std::string next() {
        std::string all;
        for (std::size_t i = number(0, 6); i > 0; --i) {
            constexpr std::string_view types = "TDCEZ123nstIGHWdcRKSNAv?";
            all += number(0, 3) == 0
                       ? bytes(20)
                       : server_message::make(types[number(0, types.size() - 1)], content());
        }
        return all;
    }

private:
    std::size_t number(std::size_t least, std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(least, most)(random_);
    }
    std::string bytes(std::size_t most) {
        std::string text(number(0, most), '\0');
        for (char& c : text) {
            c = static_cast<char>(number(0, 255));
        }
        return text;
    }
    // Contents that are nearly right come further than random ones.
    std::string content() {
        switch (number(0, 5)) {
            case 0:
                return "I";
            case 1:
                return "SELECT 1" + std::string(1, '\0');
            case 2:
                return std::string("\0\1\0\0\0\4\0\0\0\1", 10);
            case 3:
                return server_message::row_description().substr(5);
            case 4:
                return std::string(number(0, 8), '\0');
            default:
                return bytes(40);
        }
    }

    std::mt19937_64 random_;
};

struct place {
    strike_point at;
    scenarios::use how;
};
constexpr place places[] = {{strike_point::first_query, scenarios::use::query},
                            {strike_point::mid_result, scenarios::use::query},
                            {strike_point::mid_stream, scenarios::use::stream},
                            {strike_point::mid_batch, scenarios::use::batch},
                            {strike_point::copy_in, scenarios::use::copy_in},
                            {strike_point::copy_out, scenarios::use::copy_out},
                            {strike_point::commit, scenarios::use::commit}};

TEST(Garbage, EndsTheCallWithAnErrorOfTheLibrary) {
    garbage_source garbage(random_seed());
    struck_server struck;
    for (int i = 0; i < rounds(); ++i) {
        for (const place& each : places) {
            const std::string bytes = garbage.next();
            SCOPED_TRACE(testing::PrintToString(bytes) + " at " +
                         std::to_string(static_cast<int>(each.at)));
            dsql::connection on = dsql::connect(struck.settings());
            struck.server.set_garbage(bytes);
            struck.server.strike(each.at, strike_fault::garbage);
            try {
                scenarios::run(each.how, on, dsql::within(watchdog), struck.server);
            } catch (const dsql::timeout_error& failure) {
                ADD_FAILURE() << failure.what();
            } catch (const dsql::error& failure) {
                EXPECT_TRUE(failure.statement_may_have_run() || !failure.connection_lost())
                    << failure.what();
            } catch (const std::exception& failure) {
                ADD_FAILURE() << failure.what();
            }
            EXPECT_TRUE(!on.is_open() || on.is_idle());
            ASSERT_FALSE(testing::Test::HasFailure());
        }
    }
}

TEST(Garbage, EndsAConnectWithAConnectionError) {
    garbage_source garbage(random_seed());
    struck_server struck;
    for (int i = 0; i < rounds(); ++i) {
        for (const strike_point at : {strike_point::tcp, strike_point::tls, strike_point::password,
                                      strike_point::startup}) {
            const std::string bytes = garbage.next();
            SCOPED_TRACE(testing::PrintToString(bytes) + " at " +
                         std::to_string(static_cast<int>(at)));
            struck.server.set_garbage(bytes);
            struck.server.strike(at, strike_fault::garbage);
            try {
                const dsql::connection on = dsql::connect(struck.settings());
                EXPECT_GE(at, strike_point::password);  // what was sent may be the right thing
            } catch (const dsql::connection_error& failure) {
                EXPECT_NE(failure.phase(), dsql::connection_phase::established) << failure.what();
            } catch (const std::exception& failure) {
                ADD_FAILURE() << failure.what();
            }
            ASSERT_FALSE(testing::Test::HasFailure());
        }
    }
}

}  // namespace garbage_test
