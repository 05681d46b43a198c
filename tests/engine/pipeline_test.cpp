// SPDX-License-Identifier: Apache-2.0
// Batches, which run as pipelines.
#include <dsql/batch.hpp>
#include <dsql/error.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace pipeline_test {

namespace fake = fake_libpq;
using dsql::batch;
using dsql::statement_outcome;

class Pipeline : public engine::fixture {
protected:
    static batch of_size(std::size_t statements) {
        batch all;
        for (std::size_t i = 0; i < statements; ++i) {
            all.add("SELECT " + std::to_string(i));
        }
        return all;
    }

    engine::outcome outcome_of_three() {
        return engine::outcome_of([&] {
            static_cast<void>(connection(engine::unprepared()).run(of_size(3)));
            return "";
        });
    }

    dsql::batch_error failure_of(const batch& statements) {
        try {
            static_cast<void>(connection(engine::unprepared()).run(statements));
        } catch (const dsql::batch_error& failure) {
            return failure;
        }
        throw std::runtime_error("the batch did not fail");
    }
};

TEST_F(Pipeline, HasOneSynchronisationAtItsEnd) {
    const dsql::batch_results results = connection(engine::unprepared()).run(of_size(3));
    EXPECT_EQ(results.size(), 3U);
    EXPECT_EQ(server_.kinds_sent(), "query query query sync");
}

TEST_F(Pipeline, ResultsStayInOrderHoweverTheyCome) {
    server_.reply({fake::busy(), fake::rows({"a"}), fake::busy()});
    server_.reply({fake::notice("b"), fake::rows({"b"})});
    server_.reply({fake::busy(), fake::in_tls(fake::busy()), fake::rows({"c"})});
    server_.flushes({1, 1, 0, 1});
    const dsql::batch_results results = connection(engine::unprepared()).run(of_size(3));
    EXPECT_EQ(results[0].value<std::string>(), "a");
    EXPECT_EQ(results[1].value<std::string>(), "b");
    EXPECT_EQ(results[2].value<std::string>(), "c");
}

// Fails each statement in turn, in batches of several sizes.
TEST_F(Pipeline, AnErrorSaysWhichStatementItWas) {
    for (std::size_t size = 1; size <= 5; ++size) {
        for (std::size_t failed = 0; failed < size; ++failed) {
            for (std::size_t i = 0; i < failed; ++i) {
                server_.reply({fake::rows({"ran"})});
            }
            server_.reply({fake::error("22012")});
            const dsql::batch_error failure = failure_of(of_size(size));
            EXPECT_EQ(failure.index(), failed);
            EXPECT_EQ(failure.query(), "SELECT " + std::to_string(failed));
            for (std::size_t i = 0; i < size; ++i) {
                EXPECT_EQ(failure.outcomes()[i], i < failed    ? statement_outcome::completed
                                                 : i == failed ? statement_outcome::failed
                                                               : statement_outcome::aborted);
            }
            EXPECT_TRUE(connection().is_idle());
        }
    }
}

TEST_F(Pipeline, AnErrorOfTheCommitIsNoStatements) {
    server_.raw({fake::rows(), fake::end(), fake::rows(), fake::end(), fake::error("40001"),
                 fake::end(), fake::synced()});
    const dsql::batch_error failure = failure_of(of_size(2));
    EXPECT_EQ(failure.index(), 2U);
    EXPECT_EQ(failure.sqlstate(), "40001");
    EXPECT_TRUE(connection().is_idle());
}

TEST_F(Pipeline, WhatFollowsAnErrorIsNotSent) {
    batch large;
    const std::string value(100'000, 'x');
    for (int i = 0; i < 10; ++i) {
        large.add("SELECT $1", value);
    }
    server_.flushes({0, 1, 0});
    server_.reply({fake::error("22012")});
    EXPECT_EQ(failure_of(large).index(), 0U);
    EXPECT_LT(server_.log().size(), 4U) << server_.kinds_sent();
    EXPECT_TRUE(connection().is_idle());
}

TEST_F(Pipeline, ACopyInItClosesTheConnection) {
    server_.reply({fake::rows()});
    server_.reply({fake::of_status(PGRES_COPY_IN)});
    const auto ended = outcome_of_three();
    EXPECT_EQ(ended.what, engine::outcome::kind::other_error);
    EXPECT_TRUE(ended.connection_lost);
    EXPECT_FALSE(connection().is_open());
}

TEST_F(Pipeline, ALostConnectionKeepsItsCause) {
    server_.reply({fake::rows()});
    server_.reply({fake::cut()});
    const auto ended = outcome_of_three();
    EXPECT_EQ(ended.what, engine::outcome::kind::connection_error);
    EXPECT_TRUE(ended.may_have_run);
    EXPECT_NE(ended.text.find("server closed the connection unexpectedly"), std::string::npos)
        << ended.text;
}

}  // namespace pipeline_test
