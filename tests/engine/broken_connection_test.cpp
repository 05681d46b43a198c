// SPDX-License-Identifier: Apache-2.0
// Tests each way of using a connection with a fault at each call of libpq in turn: the call fails,
// or the connection breaks.
#include <dsql/batch.hpp>
#include <dsql/bulk_functions.hpp>
#include <dsql/copy.hpp>
#include <dsql/error.hpp>
#include <dsql/observer.hpp>
#include <dsql/row_stream.hpp>
#include <dsql/transaction.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"
#include "pg/session/session_access.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace broken_connection_test {

using engine::outcome;
using engine::outcome_of;
using fake_libpq::server;
namespace fake = fake_libpq;

constexpr const char* statement = "SELECT * FROM marked";
constexpr const char* copying = "COPY marked FROM STDIN";
constexpr const char* copying_out = "COPY marked TO STDOUT";

// Counts starts and ends. Each start must have one end, whatever happens.
struct counting_observer final : dsql::observer {
    dsql::observer::span query_started(const dsql::query_event&) noexcept override {
        return static_cast<dsql::observer::span>(++started);
    }
    void query_ended(dsql::observer::span, const dsql::query_end_event&) noexcept override {
        ++ended;
    }
    int started = 0;
    int ended = 0;
};

// A way of using a connection. `about` is one of the statements above.
struct scenario {
    const char* name;
    const char* about;
    void (*script)(server&);
    std::string (*run)(dsql::connection&);
    std::size_t cached = 0;
};

// The name that googletest prints.
void PrintTo(const scenario& one, std::ostream* to) {
    *to << one.name;
}

void no_script(server&) {}

std::string one_query(dsql::connection& on) {
    return on.query(statement).value<std::string>();
}
std::string two_queries(dsql::connection& on) {
    static_cast<void>(on.query(statement));
    return one_query(on);
}
std::string query_with_values(dsql::connection& on) {
    return on.query("SELECT * FROM marked WHERE $1 = $2", 1, std::string("one"))
        .value<std::string>();
}
std::string asked_types(dsql::connection& on) {
    static_cast<void>(on.query("INSERT INTO marked VALUES ($1)", 0.5));
    return "done";
}
std::string explicitly_prepared(dsql::connection& on) {
    const dsql::statement prepared = on.prepare(statement);
    const std::string value = on.query(prepared).value<std::string>();
    on.deallocate(prepared);
    return value;
}
std::string batch_of_three(dsql::connection& on) {
    dsql::batch all;
    all.add(statement).add("SELECT 2").add("SELECT 3");
    return on.run(all)[0].value<std::string>();
}
std::string read_stream(dsql::connection& on) {
    std::string all;
    for (const auto& [value] : on.stream<std::string>(statement)) {
        all += value;
    }
    return all;
}
std::string leave_stream(dsql::connection& on) {
    for (const auto& [value] : on.stream<std::string>(statement)) {
        return value;
    }
    return "";
}
std::string copy_in(dsql::connection& on) {
    dsql::copy_writer writer = on.copy_in(copying);
    writer.write("1\n");
    writer.write("2\n");
    return std::to_string(writer.finish());
}
std::string give_up_copy_in(dsql::connection& on) {
    dsql::copy_writer writer = on.copy_in(copying);
    writer.write("1\n");
    return "given up";
}
std::string copy_out(dsql::connection& on) {
    std::string all;
    const std::int64_t rows =
        on.copy_out_to(copying_out, [&](std::string_view piece) { all += piece; });
    return all + std::to_string(rows);
}
std::string committed(dsql::connection& on) {
    dsql::transaction work = on.begin();
    static_cast<void>(work.query(statement));
    work.commit();
    return "committed";
}
std::string abandoned(dsql::connection& on) {
    dsql::transaction work = on.begin();
    return work.query(statement).value<std::string>();
}
std::string pinged(dsql::connection& on) {
    on.ping();
    return "pong";
}

std::string settings_kept(dsql::connection& on) {
    dsql::pg::session& of = dsql::pg::session_access::of(on);
    of.wait(of.keep_settings({}), {});
    static_cast<void>(on.query(statement));
    of.wait(of.restore_settings({}), {});
    return "restored";
}

const std::vector<scenario>& scenarios() {
    static const std::vector<scenario> all = {
        {"query", statement, no_script, one_query},
        {"slow_query", statement,
         [](server& of) {
             of.reply({fake::busy(), fake::notice("slow"), fake::busy(), fake::rows({"mine"})});
             of.flushes({1, 1, 0});
         },
         one_query},
        {"prepared_query", statement, no_script, two_queries, 8},
        {"query_with_values", "SELECT * FROM marked WHERE $1 = $2", no_script, query_with_values,
         8},
        {"asked_types", "INSERT INTO marked VALUES ($1)",
         [](server& of) {
             of.reply({fake::ok("PREPARE")});
             of.reply({fake::description({701})});
         },
         asked_types},
        {"stale_query", statement,
         [](server& of) {
             of.reply({fake::ok("PREPARE")});
             of.reply({fake::rows({"first"})});
             of.reply({fake::error("26000")});
         },
         two_queries, 8},
        {"explicitly_prepared", statement, no_script, explicitly_prepared, 8},
        {"batch", statement, no_script, batch_of_three},
        {"prepared_batch", statement, no_script, batch_of_three, 8},
        {"stream", statement,
         [](server& of) {
             of.reply({fake::chunk({"1", "2"}), fake::busy(), fake::chunk({"3"}), fake::rows()});
         },
         read_stream},
        {"left_stream", statement,
         [](server& of) {
             of.reply({fake::chunk({"1", "2"}), fake::busy(), fake::chunk({"3"}), fake::rows()});
         },
         leave_stream},
        {"copy_in", copying,
         [](server& of) {
             of.reply(
                 {fake::busy(), fake::of_status(PGRES_COPY_IN), fake::busy(), fake::ok("COPY 2")});
         },
         copy_in},
        {"given_up_copy_in", copying,
         [](server& of) {
             of.reply({fake::of_status(PGRES_COPY_IN), fake::ok("COPY 2")});
         },
         give_up_copy_in},
        {"copy_out", copying_out,
         [](server& of) {
             of.reply({fake::of_status(PGRES_COPY_OUT), fake::data("1\n"), fake::busy(),
                       fake::data("2\n"), fake::ok("COPY 2")});
         },
         copy_out},
        {"committed", statement, no_script, committed},
        {"abandoned", statement, no_script, abandoned},
        {"settings_kept", statement, [](server& of) { of.reply({fake::rows()}); }, settings_kept},
        {"ping", "SELECT 1", no_script, pinged},
    };
    return all;
}

class BrokenConnection : public testing::TestWithParam<scenario> {
protected:
    // Runs the scenario with a fault at one call, and returns how many calls there were.
    static std::size_t run_with(std::size_t call, server::fault fault, const std::string& what) {
        const scenario& one = GetParam();
        server faked;
        const auto observer = std::make_shared<counting_observer>();
        {
            dsql::connection connection = engine::connect(
                faked, {.statement_cache_capacity = one.cached, .observer = observer});
            one.script(faked);
            faked.at_call(call, fault);
            const outcome ended = outcome_of([&] { return one.run(connection); });
            faked.at_call(0, server::fault::none);
            check(faked, connection, ended, what);
        }
        EXPECT_EQ(engine::uncleanness(faked), "") << what;
        EXPECT_EQ(observer->started, observer->ended) << what;
        return faked.calls();
    }

    static void check(server& faked, dsql::connection& connection, const outcome& ended,
                      const std::string& what) {
        const scenario& one = GetParam();
        const bool was_run = faked.times_run(one.about) > 0;
        if (ended.is_success()) {
            // A call may succeed only if the server has confirmed the statement.
            EXPECT_TRUE(!was_run || faked.was_completed(one.about) || !ends_it(one)) << what;
        } else {
            EXPECT_NE(ended.text, "") << what;
            EXPECT_TRUE(!ended.connection_lost || !connection.is_open()) << what << ended.text;
            const bool is_told = ended.what == outcome::kind::server_error;
            EXPECT_TRUE(!was_run || is_told || faked.was_completed(one.about) || ended.may_have_run)
                << what << ended.text;
        }
        if (connection.is_open()) {
            EXPECT_TRUE(connection.is_idle()) << what << ended.text;
            faked.flushes({});
            faked.clear_replies();
            EXPECT_EQ(connection.query("SELECT 'next'").value<std::string>(), "default") << what;
        }
    }

    // Whether success of the scenario means that the statement was completed.
    static bool ends_it(const scenario& one) {
        const std::string name = one.name;
        return name != "left_stream" && name != "given_up_copy_in" && name != "abandoned";
    }
};

TEST_P(BrokenConnection, IsNoticedAtEachCall) {
    const std::size_t calls = run_with(0, server::fault::none, "without a fault: ");
    ASSERT_GT(calls, 2U);
    for (std::size_t call = 0; call < calls; ++call) {
        const std::string at = "call " + std::to_string(call) + " ";
        run_with(call, server::fault::call_fails, at + "fails: ");
        run_with(call, server::fault::breaks, at + "finds the connection broken: ");
        run_with(call, server::fault::breaks_silently, at + "breaks silently: ");
    }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, BrokenConnection, testing::ValuesIn(scenarios()),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace broken_connection_test
