// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// Compares random sequences of three sessions, all driven by one thread, with a model of DSQL's
// transactions: a fixed snapshot, no waiting, and the first to commit wins.
namespace endpoint_random_conflict_test {

using namespace dsql_local_test;

using rows = std::map<int, int>;  // the amount of each id

enum class touch { none, key_share, row, key };

bool conflict(touch one, touch other) {
    return one != touch::none && other != touch::none &&
           (one == touch::key || other == touch::key || (one == touch::row && other == touch::row));
}

// A transaction that has committed.
struct committed_transaction {
    int number = 0;
    std::map<int, touch> touched = {};
    std::map<int, touch> wrote = {};
};

class model_session {
public:
    bool is_open = false;
    bool is_failed = false;
    bool has_called_function = false;
    int began = 0;  // how many transactions had committed
    rows snapshot = {};
    rows seen = {};
    std::map<int, touch> touched = {};
    std::map<int, touch> wrote = {};
    // How many transactions had committed when a key was inserted that existed neither in the
    // snapshot nor any more among the committed rows.
    std::map<int, int> inserted_at = {};
};

class database {
public:
    rows committed = {};
    std::vector<committed_transaction> history = {};

    void begin(model_session& session) const {
        session = {};
        session.is_open = true;
        session.began = static_cast<int>(history.size());
        session.snapshot = committed;
        session.seen = committed;
    }

    // Whether the transaction must lose. If nothing, it may: PostgreSQL does not tell of a row that
    // was locked but not changed, or inserted and deleted again, by transactions that ended before
    // the row was touched here, or while this transaction had given way. endpoint_conflict tests
    // each pair without a third.
    std::optional<bool> must_lose(const model_session& session) const {
        std::optional<bool> lost = false;
        for (const committed_transaction& other : history) {
            if (other.number < session.began) {
                continue;
            }
            for (const auto& [id, how] : session.touched) {
                const auto found = other.touched.find(id);
                if (found == other.touched.end() || !conflict(how, found->second)) {
                    continue;
                }
                const auto written = other.wrote.find(id);
                if (written != other.wrote.end() && conflict(how, written->second) &&
                    !has_left_no_trace(session, id, other)) {
                    return true;
                }
                lost.reset();
            }
        }
        return lost;
    }

    void touched(model_session& session, int id, touch how) const {
        touch& so_far = session.touched[id];
        so_far = std::max(so_far, how);
        if (!session.snapshot.contains(id) && !committed.contains(id)) {
            session.inserted_at.emplace(id, static_cast<int>(history.size()));
        }
    }

    void commit(model_session& session) {
        std::erase_if(session.wrote, [&session](const auto& entry) {
            return !session.snapshot.contains(entry.first) && !session.seen.contains(entry.first);
        });
        for (const auto& [id, how] : session.wrote) {
            if (session.seen.contains(id)) {
                committed[id] = session.seen.at(id);
            } else {
                committed.erase(id);
            }
        }
        if (!session.touched.empty()) {
            history.push_back({static_cast<int>(history.size()), session.touched, session.wrote});
        }
        session = {};
    }

private:
    // Whether the key had been inserted and deleted again when the session inserted it.
    static bool has_left_no_trace(const model_session& session, int id,
                                  const committed_transaction& other) {
        const auto inserted = session.inserted_at.find(id);
        return inserted != session.inserted_at.end() && other.number < inserted->second;
    }
};

class runner {
public:
    runner(const endpoint_process& served, unsigned seed) : random_(seed) {
        for (int i = 0; i < 3; ++i) {
            clients_.push_back(std::make_unique<dsql_session>(served));
        }
        clients_[0]->query("DROP TABLE IF EXISTS account");
        clients_[0]->must("CREATE TABLE account (id int PRIMARY KEY, amount int)");
        clients_[0]->must(
            "CREATE OR REPLACE FUNCTION add_to(int, int) RETURNS int LANGUAGE sql AS "
            "'UPDATE account SET amount = amount + $2 WHERE id = $1 RETURNING amount'");
        clients_[0]->must("INSERT INTO account VALUES (1, 10), (2, 20), (3, 30)");
        model_.committed = {{1, 10}, {2, 20}, {3, 30}};
        for (const auto& client : clients_) {
            client->query("SELECT id FROM account");  // reports the new table
        }
    }

    void run(int steps) {
        for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
            this->step();
        }
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            ask(i, "ROLLBACK");
        }
        if (!testing::Test::HasFailure()) {
            EXPECT_EQ(ask(0, everything).value, print(model_.committed));
        }
        if (testing::Test::HasFailure()) {
            ADD_FAILURE() << transcript_.str();
        }
    }

    int won = 0;
    int lost = 0;

private:
    static constexpr const char* everything =
        "SELECT coalesce(string_agg(id || '=' || amount, ' ' ORDER BY id), '') FROM account";

    static std::string print(const rows& values) {
        std::string text;
        for (const auto& [id, amount] : values) {
            text += (text.empty() ? "" : " ") + std::to_string(id) + "=" + std::to_string(amount);
        }
        return text;
    }

    query_result ask(std::size_t who, const std::string& sql, bool may_pause = false) {
        const std::size_t way = random_() % (may_pause ? 3 : 2);
        query_result got = way == 0   ? clients_[who]->query(sql)
                           : way == 1 ? clients_[who]->execute(sql)
                                      : prepare_and_execute(who, sql);
        transcript_ << "\n"
                    << who << ": " << sql << " -> " << got.tags << " " << got.value << " "
                    << got.sqlstate << " " << got.text();
        return got;
    }

    // Prepares a statement without a name, and executes it when others have gone on.
    query_result prepare_and_execute(std::size_t who, const std::string& sql) {
        clients_[who]->client().send(parse_message("", sql) + sync_message());
        const query_result prepared = clients_[who]->receive();
        EXPECT_EQ(prepared.types, "1Z") << prepared.text();
        transcript_ << "\n" << who << ": prepares " << sql;
        is_busy_[who] = true;
        for (auto steps = random_() % 4; steps > 0; --steps) {
            step();
        }
        is_busy_[who] = false;
        clients_[who]->client().send(bind_message("") + execute_message() + sync_message());
        return clients_[who]->receive();
    }

    void step() {
        const std::size_t who = random_() % clients_.size();
        if (is_busy_[who]) {
            return;
        }
        model_session& session = sessions_[who];
        if (session.is_failed || (session.is_open && random_() % 4 == 0)) {
            end(who, session);
        } else if (!session.is_open && random_() % 4 != 0) {
            EXPECT_EQ(ask(who, "BEGIN", true).tags, "BEGIN");
            model_.begin(session);
        } else {
            change(who, session);
        }
    }

    void end(std::size_t who, model_session& session) {
        if (random_() % 4 == 0) {
            EXPECT_EQ(ask(who, "ROLLBACK", true).tags, "ROLLBACK");
            session = {};
            return;
        }
        const query_result got = ask(who, "COMMIT", true);
        EXPECT_EQ(got.status, 'I');
        if (session.is_failed) {
            EXPECT_EQ(got.tags, "ROLLBACK");
            session = {};
            return;
        }
        settle(session, got);
    }

    // Compares the end of a transaction with the model, and carries it out there.
    void settle(model_session& session, const query_result& got) {
        const auto expected = model_.must_lose(session);
        const bool has_lost = got.sqlstate == "40001";
        EXPECT_TRUE(has_lost || got.sqlstate.empty()) << got.text();
        if (expected) {
            EXPECT_EQ(has_lost, *expected);
        }
        ++(has_lost ? lost : won);
        if (has_lost) {
            session = {};
        } else {
            model_.commit(session);
        }
    }

    // A statement about one row.
    struct attempt {
        std::string sql;
        int id;
        touch how = touch::none;
        std::string value = {};         // the first value of the answer
        std::optional<rows> next = {};  // what the session sees afterwards, if that changes
        bool calls_function = false;
    };

    void change(std::size_t who, model_session& session) {
        const bool is_alone = !session.is_open;
        if (is_alone) {
            model_.begin(session);
        }
        run_attempt(who, session, is_alone, random_attempt(session.seen));
    }

    attempt random_attempt(const rows& seen) {
        const int id = 1 + static_cast<int>(random_() % 4);
        const int by = static_cast<int>(random_() % 100);
        const std::string where = " WHERE id = " + std::to_string(id);
        const auto found = seen.find(id);
        const bool exists = found != seen.end();
        const std::string value = exists ? std::to_string(found->second) : "";
        const auto if_exists = [exists](touch how) {
            return exists ? how : touch::none;
        };
        rows next = seen;
        switch (random_() % 7) {
            case 0:
                return {everything, id, touch::none, print(seen)};
            case 1:
                return {"SELECT amount FROM account" + where + " FOR UPDATE", id,
                        if_exists(touch::key), value};
            case 2:
                return {"SELECT amount FROM account" + where + " FOR KEY SHARE", id,
                        if_exists(touch::key_share), value};
            case 3:
                if (exists) {
                    next.erase(id);
                    return {"DELETE FROM account" + where + " RETURNING amount", id, touch::key,
                            value, next};
                }
                next[id] = by;
                return {"INSERT INTO account VALUES (" + std::to_string(id) + ", " +
                            std::to_string(by) + ") RETURNING amount",
                        id, touch::key, std::to_string(by), next};
            case 4: {
                const std::string call =
                    "SELECT add_to(" + std::to_string(id) + ", " + std::to_string(by) + ")";
                if (!exists) {
                    return {call, id};
                }
                next[id] += by;
                return {random_() % 2 == 0 ? call : call + " FROM account" + where,
                        id,
                        touch::row,
                        std::to_string(next[id]),
                        next,
                        true};
            }
            default:
                const std::string sql = "UPDATE account SET amount = amount + " +
                                        std::to_string(by) + where + " RETURNING amount";
                if (!exists) {
                    return {sql, id};
                }
                next[id] += by;
                return {sql, id, touch::row, std::to_string(next[id]), next};
        }
    }

    // Compares a statement's answer with the model. It may fail only outside a block, if it must or
    // may lose. Of tables that only a function names, there are no copies.
    void run_attempt(std::size_t who, model_session& session, bool is_alone, const attempt& made) {
        session.has_called_function = session.has_called_function || made.calls_function;
        const query_result got = ask(who, made.sql, !is_alone);
        if (made.how != touch::none) {
            model_.touched(session, made.id, made.how);
            if (made.next) {
                touch& written = session.wrote[made.id];
                written = std::max(written, made.how);
            }
        }
        if (got.sqlstate.empty()) {
            EXPECT_EQ(got.value, made.value);
            session.seen = made.next.value_or(session.seen);
            if (is_alone) {
                settle(session, got);
            }
            return;
        }
        EXPECT_TRUE(is_alone || session.has_called_function)
            << "a conflict fails the COMMIT, not the statement";
        EXPECT_TRUE(got.sqlstate == "40001" || (got.sqlstate == "23505" && made.how == touch::key))
            << got.sqlstate;
        EXPECT_NE(model_.must_lose(session), std::optional(false)) << "a conflict with nothing";
        ++lost;
        session = {};
        session.is_open = session.is_failed = !is_alone;
    }

    std::mt19937 random_;
    std::vector<std::unique_ptr<dsql_session>> clients_;
    std::array<model_session, 3> sessions_ = {};
    std::array<bool, 3> is_busy_ = {};  // in the middle of a statement
    database model_;
    std::ostringstream transcript_;
};

TEST(endpoint_random_conflict, sequences_of_three_sessions_agree_with_a_model) {
    const endpoint_process served;
    std::mt19937 seeds(random_seed());
    int won = 0;
    int lost = 0;
    for (int round = 0; round < 40 && !HasFailure(); ++round) {
        runner sequence(served, static_cast<unsigned>(seeds()));
        sequence.run(60);
        won += sequence.won;
        lost += sequence.lost;
    }
    EXPECT_GT(won, lost / 10);
    EXPECT_GT(lost, won / 10) << "the sequences conflict too seldom";
}

}  // namespace endpoint_random_conflict_test
