// SPDX-License-Identifier: Apache-2.0
// Tests each order in which results can arrive, and compares the outcome with a model.
#include <dsql/batch.hpp>
#include <dsql/error.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace result_orders_test {

using engine::outcome;
using engine::outcome_of;
using fake_libpq::item;
using fake_libpq::items;

struct letter {
    std::string name;
    item content;
};

const std::vector<letter>& alphabet() {
    using namespace fake_libpq;
    static const std::vector<letter> all = {
        {"rows", rows({"mine"})},
        {"ok", ok("INSERT 0 1")},
        {"empty", of_status(PGRES_EMPTY_QUERY)},
        {"error", error("22012")},
        {"conflict", error("40001")},
        {"fatal", fatal("57P01")},
        {"lost", lost()},
        {"bad", of_status(PGRES_BAD_RESPONSE)},
        {"chunk", chunk({"piece"})},
        {"copy_in", of_status(PGRES_COPY_IN)},
        {"copy_out", of_status(PGRES_COPY_OUT)},
        {"copy_both", of_status(PGRES_COPY_BOTH)},
        {"end", end()},
        {"sync", synced()},
        {"aborted", aborted()},
        {"busy", busy()},
        {"notice", notice("by the way")},
        {"cut", cut()},
        {"silent_cut", silent_cut()},
    };
    return all;
}

// The outcome that an order must have: the text of a success, the SQLSTATE of the server's error,
// "lost", or "confused" if the results do not match what was sent.
struct expected {
    std::string what{};
    bool is_open = false;
    bool is_decided = true;  // more items would not change it
};

bool is_refused(const item& of) {
    return of.status == PGRES_FATAL_ERROR || of.status == PGRES_BAD_RESPONSE;
}

std::string error_of(const item& of) {
    const auto state = of.fields.find(PG_DIAG_SQLSTATE);
    return state == of.fields.end() ? "lost" : state->second;
}

bool is_lost(const std::string& error) {
    return error == "lost" || error == "57P01";
}

// The model for one statement outside pipeline mode.
expected after_query(const items& order) {
    std::string success;
    std::string failure;
    for (const item& next : order) {
        if (next.what == item::kind::busy || next.what == item::kind::notice) {
            continue;
        }
        if (next.what == item::kind::cut) {
            return {failure.empty() ? "lost" : failure};
        }
        if (next.what == item::kind::end) {
            if (!failure.empty()) {
                return {failure, !is_lost(failure)};
            }
            return success.empty() ? expected{"confused"} : expected{success, true};
        }
        if (is_refused(next)) {
            failure = failure.empty() ? error_of(next) : failure;
        } else if (next.status == PGRES_TUPLES_OK || next.status == PGRES_COMMAND_OK ||
                   next.status == PGRES_EMPTY_QUERY) {
            if (failure.empty() && !success.empty()) {
                return {"confused"};
            }
            success = "result " + next.tag;
        } else {
            return {"confused"};
        }
    }
    return {.what = failure.empty() ? "lost" : failure, .is_decided = false};
}

// The model for a pipeline of `commands` commands, each of which has one result.
expected after_pipeline(const items& order, std::size_t commands) {
    std::string results;
    std::string failure;
    std::size_t answered = 0;
    bool has_result = false;
    for (const item& next : order) {
        if (next.what == item::kind::busy || next.what == item::kind::notice) {
            continue;
        }
        if (next.what == item::kind::cut) {
            return {failure.empty() ? "lost" : failure};
        }
        if (next.what == item::kind::end) {
            if (answered == commands) {
                continue;
            }
            if (!std::exchange(has_result, false)) {
                return {"confused"};
            }
            ++answered;
        } else if (next.status == PGRES_PIPELINE_SYNC) {
            if (answered != commands) {
                return {"confused"};
            }
            // Anything after it would belong to another command.
            const bool has_more = &next != &order.back();
            if (!failure.empty()) {
                return {failure, !is_lost(failure) && !has_more, has_more};
            }
            return has_more ? expected{"lost"} : expected{results, true, false};
        } else if (is_refused(next)) {
            has_result = true;
            failure = failure.empty() ? error_of(next) : failure;
        } else if (next.status == PGRES_PIPELINE_ABORTED && !failure.empty() &&
                   answered < commands && !has_result) {
            has_result = true;
        } else if ((next.status == PGRES_TUPLES_OK || next.status == PGRES_COMMAND_OK ||
                    next.status == PGRES_EMPTY_QUERY) &&
                   answered < commands && !has_result) {
            has_result = true;
            results += "result " + next.tag + ";";
        } else {
            return {"confused"};
        }
    }
    return {.what = failure.empty() ? "lost" : failure, .is_decided = false};
}

std::string kind_of(const outcome& ended) {
    switch (ended.what) {
        case outcome::kind::success:
            return ended.text;
        case outcome::kind::server_error:
            return ended.sqlstate;
        case outcome::kind::connection_error:
            // The class is the same, because libpq may have had no memory for a result.
            return ended.text.find("do not match") == std::string::npos ? "lost" : "confused";
        case outcome::kind::other_error:
            break;
    }
    return "confused";
}

// Calls `f` with each sequence of at most `longest` letters. `f` returns whether a longer sequence
// could have another outcome.
template <class F>
void for_each_order(const std::vector<letter>& letters, std::size_t longest, F f) {
    std::vector<std::size_t> chosen;
    const std::function<void()> extend = [&] {
        items order;
        std::string name;
        for (const std::size_t one : chosen) {
            order.push_back(letters[one].content);
            name += letters[one].name + " ";
        }
        const bool goes_on = f(order, name);
        if (!goes_on || chosen.size() == longest || testing::Test::HasFailure()) {
            return;
        }
        for (std::size_t i = 0; i < letters.size(); ++i) {
            chosen.push_back(i);
            extend();
            chosen.pop_back();
        }
    };
    extend();
}

std::vector<letter> letters_named(const std::vector<std::string>& names) {
    std::vector<letter> chosen;
    for (const std::string& name : names) {
        for (const letter& one : alphabet()) {
            if (one.name == name) {
                chosen.push_back(one);
            }
        }
    }
    return chosen;
}

using call = std::string (*)(dsql::connection&);

bool check_order(const items& order, const std::string& name, call run, const expected& wanted) {
    fake_libpq::server server;
    {
        dsql::connection connection = engine::connect(server, engine::unprepared());
        server.raw(order);
        const outcome ended = outcome_of([&] { return run(connection); });
        EXPECT_EQ(kind_of(ended), wanted.what) << name << "\n" << ended.text;
        EXPECT_EQ(connection.is_open(), wanted.is_open) << name << "\n" << ended.text;
        if (!ended.is_success()) {
            EXPECT_NE(ended.text, "") << name;
            EXPECT_TRUE(!ended.connection_lost || !connection.is_open()) << name << ended.text;
            if (ended.what != outcome::kind::server_error) {
                EXPECT_TRUE(ended.may_have_run && ended.connection_lost) << name;
            }
        }
        if (connection.is_open()) {
            EXPECT_TRUE(connection.is_idle()) << name;
            server.reply({fake_libpq::rows({"next"})});
            EXPECT_EQ(connection.query("SELECT 2").value<std::string>(), "next") << name;
        }
    }
    EXPECT_EQ(engine::uncleanness(server), "") << name;
    return !wanted.is_decided;
}

std::string run_query(dsql::connection& on) {
    return "result " + std::string(on.query("SELECT 1").command_tag());
}

std::string run_batch_of(dsql::connection& on, int statements) {
    dsql::batch all;
    for (int i = 0; i < statements; ++i) {
        all.add("SELECT 1");
    }
    std::string results;
    const dsql::batch_results got = on.run(all);
    for (std::size_t i = 0; i < got.size(); ++i) {
        results += "result " + std::string(got[i].command_tag()) + ";";
    }
    return results;
}
std::string run_batch_of_one(dsql::connection& on) {
    return run_batch_of(on, 1);
}
std::string run_batch_of_two(dsql::connection& on) {
    return run_batch_of(on, 2);
}

TEST(ResultOrders, OfAStatement) {
    for_each_order(alphabet(), 3, [](const items& order, const std::string& name) {
        return check_order(order, name, &run_query, after_query(order));
    });
}

TEST(ResultOrders, OfAStatementWithMoreResults) {
    const auto few = letters_named({"rows", "error", "end", "silent_cut"});
    for_each_order(few, 5, [](const items& order, const std::string& name) {
        return check_order(order, name, &run_query, after_query(order));
    });
}

TEST(ResultOrders, OfABatchOfOneStatement) {
    for_each_order(alphabet(), 3, [](const items& order, const std::string& name) {
        return check_order(order, name, &run_batch_of_one, after_pipeline(order, 1));
    });
}

TEST(ResultOrders, OfABatchOfTwoStatements) {
    const auto few = letters_named({"rows", "error", "aborted", "end", "sync", "silent_cut"});
    for_each_order(few, 5, [](const items& order, const std::string& name) {
        return check_order(order, name, &run_batch_of_two, after_pipeline(order, 2));
    });
}

}  // namespace result_orders_test
