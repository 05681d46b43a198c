// SPDX-License-Identifier: Apache-2.0
// Random sequences of calls on connections, transactions, streams and COPYs, which end in random
// order. Nothing crashes or triggers a sanitizer, each call returns the correct result or throws an
// `error`, and every connection returns to its pool.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace random_lifetimes_test {

using dsql::connection;
using dsql::pooled_connection;
using dsql::transaction;

constexpr int max_connections = 4;
constexpr int slots = 4;
constexpr int steps = 150;
constexpr int sequences = DSQL_SANITIZED ? 6 : 12;
constexpr int streamed = 300;

// A stream together with the number of rows read from it, so that each row can be checked.
struct counted_stream {
    dsql::row_stream<int> rows;
    int read = 0;
};
struct counted_copy {
    dsql::copy_rows<int> rows;
    int read = 0;
};
struct counted_writer {
    dsql::copy_writer writer;
    int written = 0;
};

// The objects that a program holds: several of each class, in slots that may be empty.
class program {
public:
    explicit program(std::uint64_t seed) : random_(seed) {}

    void step() {
        const auto& [name, act] =
            actions()[static_cast<std::size_t>(below(static_cast<int>(actions().size())))];
        trace_ += std::string(trace_.empty() ? "" : ", ") + name;
        try {
            act(*this);
        } catch (const dsql::error&) {
            ++errors_;  // any `error` is fine, because a random sequence may make no sense
        }
    }

    // Destroys all objects in random order, without waiting.
    void end() {
        std::vector<std::function<void()>> ends;
        for (int i = 0; i < slots; ++i) {
            const auto at = static_cast<std::size_t>(i);
            ends.push_back([this, at] { handles_[at].reset(); });
            ends.push_back([this, at] { connections_[at].reset(); });
            ends.push_back([this, at] { transactions_[at].reset(); });
            ends.push_back([this, at] { streams_[at].reset(); });
            ends.push_back([this, at] { writers_[at].reset(); });
            ends.push_back([this, at] { copies_[at].reset(); });
        }
        std::shuffle(ends.begin(), ends.end(), random_);
        for (const auto& end_one : ends) {
            end_one();
        }
    }

    // Checks the pools after the end.
    void check() {
        EXPECT_EQ(pool_.stat().acquired_connections, 0);
        std::vector<pooled_connection> all;
        for (int i = 0; i < max_connections; ++i) {
            all.push_back(pool_.acquire(dsql::within{std::chrono::seconds(30)}));
            EXPECT_EQ(all.back()->query_value<int>("SELECT $1::int", i), i);
            EXPECT_TRUE(all.back()->is_idle()) << "no transaction was left open";
        }
    }

    [[nodiscard]] const std::string& trace() const noexcept { return trace_; }
    [[nodiscard]] int errors() const noexcept { return errors_; }
    [[nodiscard]] int results() const noexcept { return results_; }

private:
    struct action {
        const char* name;
        void (*act)(program&);
    };

    int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
    template <class Slots>
    auto& one_of(Slots& all) {
        return all[static_cast<std::size_t>(below(slots))];
    }
    template <class Slots>
    void move_one(Slots& all) {
        auto& from = one_of(all);
        auto& to = one_of(all);
        if (from && to) {
            *to = std::move(*from);  // may be a self-move
        } else if (from) {
            to.emplace(std::move(*from));
        }
    }
    template <class T>
    void expect_result(const T& actual, const T& expected) {
        ++results_;
        EXPECT_EQ(actual, expected);
    }

    // Returns a connection of a pool handle, an independent connection, or null.
    connection* some_connection() {
        if (below(2) == 0) {
            auto& handle = one_of(handles_);
            return handle ? &**handle : nullptr;
        }
        auto& own = one_of(connections_);
        return own ? &*own : nullptr;
    }

    template <class Begin>
    void begin_on_any(Begin begin) {
        switch (below(4)) {
            case 0:
                if (auto& within = one_of(transactions_)) {
                    begin(*within);
                }
                return;
            case 1:
                begin(*pool_.acquire(short_limit()));
                return;
            default:
                if (connection* const on = some_connection()) {
                    begin(*on);
                }
        }
    }

    // The limit is short, because often all connections of the pool are in use.
    static dsql::within short_limit() { return dsql::within{std::chrono::milliseconds(50)}; }

    template <class Counted>
    void read(std::optional<Counted>& from, int count) {
        if (!from) {
            return;
        }
        auto row = from->rows.begin();
        for (int i = 0; i < count && row != from->rows.end(); ++i, ++row) {
            expect_result(std::get<0>(*row), ++from->read);
        }
    }

    static const std::vector<action>& actions();

    std::mt19937_64 random_;
    std::string trace_;
    int errors_ = 0;
    int results_ = 0;
    dsql::pool pool_{endpoint_under_test(), {.max_connections = max_connections}};
    template <class T>
    using row_of = std::vector<std::optional<T>>;
    row_of<pooled_connection> handles_ = row_of<pooled_connection>(slots);
    row_of<connection> connections_ = row_of<connection>(slots);
    row_of<transaction> transactions_ = row_of<transaction>(slots);
    row_of<counted_stream> streams_ = row_of<counted_stream>(slots);
    row_of<counted_writer> writers_ = row_of<counted_writer>(slots);
    row_of<counted_copy> copies_ = row_of<counted_copy>(slots);
};

const std::vector<program::action>& program::actions() {
    static const std::vector<action> all = {
        {"acquire",
         [](program& p) {
             auto& slot = p.one_of(p.handles_);
             auto acquired = p.pool_.acquire(short_limit());
             slot ? void(*slot = std::move(acquired)) : void(slot.emplace(std::move(acquired)));
         }},
        {"connect",
         [](program& p) {
             auto& slot = p.one_of(p.connections_);
             auto made = dsql::connect(endpoint_under_test());
             slot ? void(*slot = std::move(made)) : void(slot.emplace(std::move(made)));
         }},
        {"begin",
         [](program& p) {
             if (connection* const on = p.some_connection()) {
                 auto begun = on->begin();
                 auto& slot = p.one_of(p.transactions_);
                 slot ? void(*slot = std::move(begun)) : void(slot.emplace(std::move(begun)));
             }
         }},
        {"begin on a temporary",
         [](program& p) {
             p.one_of(p.transactions_) = p.pool_.acquire(short_limit())->begin();
         }},
        {"begin of the pool",
         [](program& p) {
             p.one_of(p.transactions_) = p.pool_.begin(short_limit());
         }},
        {"stream",
         [](program& p) {
             p.begin_on_any([&p](auto& on) {
                 p.one_of(p.streams_) = counted_stream{
                     on.template stream<int>("SELECT generate_series(1, $1)", streamed)};
             });
         }},
        {"stream of the pool",
         [](program& p) {
             p.one_of(p.streams_) = counted_stream{
                 p.pool_.stream<int>(short_limit(), "SELECT generate_series(1, $1)", streamed)};
         }},
        {"copy_in",
         [](program& p) {
             p.begin_on_any([&p](auto& on) {
                 p.one_of(p.writers_) = counted_writer{on.copy_in({.table = "random_lifetimes"})};
             });
         }},
        {"copy_in of the pool",
         [](program& p) {
             p.one_of(p.writers_) =
                 counted_writer{p.pool_.copy_in(short_limit(), {.table = "random_lifetimes"})};
         }},
        {"copy_out",
         [](program& p) {
             p.begin_on_any([&p](auto& on) {
                 p.one_of(p.copies_) =
                     counted_copy{on.template copy_out<int>({.table = "random_lifetimes_source"})};
             });
         }},
        {"copy_out of the pool",
         [](program& p) {
             p.one_of(p.copies_) = counted_copy{
                 p.pool_.copy_out<int>(short_limit(), {.table = "random_lifetimes_source"})};
         }},
        {"read a stream",
         [](program& p) {
             p.read(p.one_of(p.streams_), p.below(40));
         }},
        {"read a stream to its end",
         [](program& p) {
             p.read(p.one_of(p.streams_), streamed + 1);
         }},
        {"close a stream",
         [](program& p) {
             if (auto& stream = p.one_of(p.streams_)) {
                 stream->rows.close();
             }
         }},
        {"read a COPY",
         [](program& p) {
             p.read(p.one_of(p.copies_), p.below(40));
         }},
        {"read a COPY to its end",
         [](program& p) {
             p.read(p.one_of(p.copies_), streamed + 1);
         }},
        {"write a row",
         [](program& p) {
             if (auto& writer = p.one_of(p.writers_)) {
                 writer->writer.row(writer->written);
                 ++writer->written;
             }
         }},
        {"finish a COPY",
         [](program& p) {
             if (auto& writer = p.one_of(p.writers_)) {
                 p.expect_result(writer->writer.finish(), std::int64_t{writer->written});
             }
         }},
        {"query",
         [](program& p) {
             if (connection* const on = p.some_connection()) {
                 const int number = p.below(1000);
                 p.expect_result(on->query_value<int>("SELECT $1::int", number), number);
             }
         }},
        {"query of a transaction",
         [](program& p) {
             if (auto& on = p.one_of(p.transactions_)) {
                 const int number = p.below(1000);
                 p.expect_result(on->query_value<int>("SELECT $1::int", number), number);
             }
         }},
        {"query of the pool",
         [](program& p) {
             const int number = p.below(1000);
             p.expect_result(p.pool_.query_value<int>(short_limit(), "SELECT $1::int", number),
                             number);
         }},
        {"commit",
         [](program& p) {
             if (auto& on = p.one_of(p.transactions_)) {
                 on->commit();
             }
         }},
        {"roll back",
         [](program& p) {
             if (auto& on = p.one_of(p.transactions_)) {
                 on->rollback();
             }
         }},
        {"move a handle",
         [](program& p) {
             p.move_one(p.handles_);
         }},
        {"move a connection",
         [](program& p) {
             p.move_one(p.connections_);
         }},
        {"move a transaction",
         [](program& p) {
             p.move_one(p.transactions_);
         }},
        {"move a stream",
         [](program& p) {
             p.move_one(p.streams_);
         }},
        {"move a writer",
         [](program& p) {
             p.move_one(p.writers_);
         }},
        {"move a COPY",
         [](program& p) {
             p.move_one(p.copies_);
         }},
        {"release a handle",
         [](program& p) {
             if (auto& handle = p.one_of(p.handles_)) {
                 handle->release();
             }
         }},
        {"hijack",
         [](program& p) {
             if (auto& handle = p.one_of(p.handles_)) {
                 p.one_of(p.connections_) = handle->hijack();
             }
         }},
        {"move a connection out of its handle",
         [](program& p) {
             if (auto& handle = p.one_of(p.handles_)) {
                 p.one_of(p.connections_) = std::move(**handle);
             }
         }},
        {"swap a connection with that of a handle",
         [](program& p) {
             auto& handle = p.one_of(p.handles_);
             auto& own = p.one_of(p.connections_);
             if (handle && own) {
                 std::swap(**handle, *own);
             }
         }},
        {"swap the connections of two handles",
         [](program& p) {
             auto& first = p.one_of(p.handles_);
             auto& second = p.one_of(p.handles_);
             if (first && second) {
                 std::swap(**first, **second);
             }
         }},
        {"close a connection",
         [](program& p) {
             if (connection* const on = p.some_connection()) {
                 on->close();
             }
         }},
        {"give a libpq handle away",
         [](program& p) {
             if (connection* const on = p.some_connection()) {
                 p.one_of(p.connections_) = connection::adopt(on->release());
             }
         }},
        {"destroy a handle",
         [](program& p) {
             p.one_of(p.handles_).reset();
         }},
        {"destroy a connection",
         [](program& p) {
             p.one_of(p.connections_).reset();
         }},
        {"destroy a transaction",
         [](program& p) {
             p.one_of(p.transactions_).reset();
         }},
        {"destroy a stream",
         [](program& p) {
             p.one_of(p.streams_).reset();
         }},
        {"destroy a writer",
         [](program& p) {
             p.one_of(p.writers_).reset();
         }},
        {"destroy a COPY",
         [](program& p) {
             p.one_of(p.copies_).reset();
         }},
    };
    return all;
}

// DSQL_TEST_SEED repeats a sequence.
TEST(RandomLifetimes, AnyOrderOfDestructionIsSafe) {
    {
        connection session = dsql::connect(endpoint_under_test());
        session.execute("CREATE TABLE IF NOT EXISTS random_lifetimes (n int)");
        session.execute("CREATE TABLE IF NOT EXISTS random_lifetimes_source (n int)");
        session.execute("DELETE FROM random_lifetimes_source");
        session.execute("INSERT INTO random_lifetimes_source SELECT generate_series(1, $1)",
                        streamed);
    }
    const std::uint64_t first = random_seed();
    int results = 0;
    for (int i = 0; i < sequences && !testing::Test::HasFailure(); ++i) {
        const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
        program running(seed);
        for (int done = 0; done < steps && !testing::Test::HasFailure(); ++done) {
            running.step();
        }
        running.end();
        running.check();
        results += running.results();
        EXPECT_FALSE(testing::Test::HasFailure())
            << "DSQL_TEST_SEED=" << seed << ": " << running.trace();
    }
    EXPECT_GT(results, 0);
}

}  // namespace random_lifetimes_test
