// SPDX-License-Identifier: Apache-2.0
// Random conversations with a model of PostgreSQL, with and without the filter in between.
// DSQL_TEST_SEED repeats a run.
#include "protocol/model_server.hpp"
#include "protocol/protocol_filter.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace random_conversation_test {

using namespace dsql_local;
using namespace dsql_local_test;

class dice {
public:
    explicit dice(std::uint64_t seed) : engine_(seed) {}
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
    }
    bool one_in(std::size_t number) { return below(number) == 0; }
    template <class Choices>
    const typename Choices::value_type& pick(const Choices& choices) {
        return choices[below(choices.size())];
    }

private:
    std::mt19937_64 engine_;
};

using texts = std::vector<std::string>;

// Without a COPY that fails before it reads: if the client does not wait, nobody can know whether
// PostgreSQL has then ignored a Sync.
const texts transparent = {"SELECT 1",
                           "SELECT 1/0",
                           "SELEC",
                           "BEGIN",
                           "COMMIT",
                           "ROLLBACK",
                           "DEALLOCATE a",
                           "PREPARE a AS SELECT 1",
                           "PREPARE a AS INSERT INTO t VALUES (3)",
                           "EXECUTE a",
                           "INSERT INTO t VALUES (1)",
                           "COPY t FROM STDIN",
                           "DEALLOCATE ALL",
                           "SELECT 1 FROM t"};

// What DSQL has, so that nothing is refused. Few of them end a transaction.
const texts accepted = {"SELECT 1",
                        "SELECT 1",
                        "SELECT 1 FROM t",
                        "SELECT 1 FROM t",
                        "INSERT INTO t VALUES (1)",
                        "INSERT INTO t VALUES (1)",
                        "INSERT INTO t VALUES (1)",
                        "INSERT INTO t VALUES (1)",
                        "BEGIN",
                        "BEGIN",
                        "SELECT 1/0",
                        "SELEC",
                        "COMMIT",
                        "ROLLBACK",
                        "COPY t FROM STDIN"};

texts with_refused() {
    texts all = transparent;
    all.insert(all.end(), {"SET lock_timeout = 1", "SET lock_timeout = 2",
                           "INSERT INTO t VALUES (2)", "COMMIT", "BEGIN"});
    return all;
}

std::string c_strings(const texts& strings) {
    std::string body;
    for (const std::string& string : strings) {
        wire::append_c_string(body, string);
    }
    return body;
}

// A transaction that may have to give way.
const std::string begin_transaction =
    wire::encode_message('Q', c_strings({"BEGIN"})) +
    wire::encode_message('Q', c_strings({"INSERT INTO t VALUES (1)"}));

// Returns a random message. A Sync is frequent enough that conversations go on after an error.
std::string random_message(dice& random, const texts& statements) {
    const texts names = {"", "a", "b"};
    const std::string& name = random.pick(names);
    const std::string& portal = random.pick(names);
    switch (random.below(14)) {
        case 0:
        case 1:
            return wire::encode_message('Q', c_strings({random.pick(statements)}));
        case 2:
            return wire::encode_message(
                'Q', c_strings({random.pick(statements) + ";" + random.pick(statements)}));
        case 3:
        case 4:
        case 5:
            return wire::encode_message(
                'P', c_strings({name, random.pick(statements)}) + std::string(2, '\0'));
        case 6:
        case 7:
            return wire::encode_message('B', c_strings({portal, name}) + std::string(6, '\0'));
        case 8:
        case 9:
            return wire::encode_message('E', c_strings({portal}) + std::string(4, '\0'));
        case 10:
            return wire::encode_message(random.one_in(2) ? 'C' : 'D',
                                        (random.one_in(2) ? 'S' : 'P') + c_strings({name}));
        case 11:
            return wire::encode_message(random.pick(std::string("dcfH")), "");
        default:
            return wire::encode_message('S', "");
    }
}

// The messages of a conversation, for a person.
std::string describe(std::string_view bytes) {
    std::string text;
    while (!bytes.empty()) {
        const std::size_t size = 1 + wire::read_uint32(bytes.substr(1));
        text += bytes.substr(0, 1);
        for (const char c : bytes.substr(5, size - 5)) {
            text += c < ' ' ? '|' : c;
        }
        text += '\n';
        bytes.remove_prefix(size);
    }
    return text;
}

// A client and a server with the filter in between. Bytes are under way in both directions.
class filtered_connection {
public:
    filtered_connection(dice& random, std::shared_ptr<shared_state> shared)
        : random_(random), filter_(std::move(shared), {}) {}

    void send(const std::string& bytes) { from_client_ += bytes; }

    // Lets the open transaction give way, if it can.
    void give_way() {
        std::string requests;
        filter_.give_way(filter_.open_transaction(), requests);
        to_server_ += requests;
        ways_ += requests.empty() ? 0 : 1;
    }
    int ways() const { return ways_; }

    // Moves some bytes one step. Returns false if nothing can move.
    bool step() {
        const std::size_t first = random_.below(3);
        for (std::size_t i = 0; i < 3; ++i) {
            const std::size_t which = (first + i) % 3;
            const bool moved = which == 0   ? filter_requests()
                               : which == 1 ? serve()
                                            : filter_responses();
            if (moved) {
                return true;
            }
        }
        return false;
    }
    void settle() {
        while (step()) {
        }
    }

    model_server& server() { return server_; }
    protocol_filter& filter() { return filter_; }
    const std::string& received() const { return received_; }

private:
    std::string take_some(std::string& bytes) {
        const std::size_t size = random_.one_in(3) ? bytes.size() : random_.below(bytes.size()) + 1;
        std::string taken = bytes.substr(0, size);
        bytes.erase(0, size);
        return taken;
    }
    bool filter_requests() {
        if (filter_.is_waiting()) {
            filter_.resume_requests({}, out_);
            to_server_ += out_.bytes();
            return !filter_.is_waiting() || !out_.bytes().empty();
        }
        if (from_client_.empty()) {
            return false;
        }
        const std::string chunk = take_some(from_client_);
        filter_.filter_requests(chunk, {}, out_);
        to_server_ += out_.bytes();
        return true;
    }
    bool serve() {
        if (to_server_.empty()) {
            return false;
        }
        from_server_ += server_.serve(take_some(to_server_));
        return true;
    }
    bool filter_responses() {
        if (from_server_.empty()) {
            return false;
        }
        const std::string chunk = take_some(from_server_);
        filter_.filter_responses(chunk, {}, out_);
        received_ += out_.bytes();
        return true;
    }

    dice& random_;
    protocol_filter filter_;
    model_server server_;
    wire::relay_buffer out_;
    std::string from_client_;
    std::string to_server_;
    std::string from_server_;
    std::string received_;
    int ways_ = 0;
};

class random_conversation : public testing::Test {
protected:
    // Has conversations, each with a seed of its own, and checks each.
    template <class Check>
    void converse(const std::shared_ptr<shared_state>& shared, const texts& statements,
                  const Check& check) {
        const char* const given = std::getenv("DSQL_TEST_SEED");
        const std::uint64_t first = given != nullptr ? std::stoull(given) : std::random_device{}();
        const int count = given != nullptr ? 1 : 3000;
        for (std::uint64_t seed = first; seed < first + static_cast<unsigned>(count); ++seed) {
            SCOPED_TRACE("DSQL_TEST_SEED=" + std::to_string(seed));
            dice random(seed);
            filtered_connection connection(random, shared);
            if (gives_way_) {
                connection.server().drop_executed_portals();
            }
            std::string sent = gives_way_ ? begin_transaction : "";
            connection.send(sent);
            const std::size_t length = 3 + random.below(40);
            for (std::size_t i = 0; i < length; ++i) {
                const std::string message = random_message(random, statements);
                sent += message;
                connection.send(message);
                for (std::size_t steps = random.below(8); steps > 0; --steps) {
                    connection.step();
                }
                if (random.one_in(gives_way_ ? 2 : 8)) {
                    connection.settle();
                    if (gives_way_) {
                        connection.give_way();
                    }
                }
            }
            connection.settle();
            check(connection, sent);
            if (HasFailure()) {
                std::cout << describe(sent);
                return;
            }
        }
    }

    bool gives_way_ = false;
    std::shared_ptr<shared_state> shared_ = std::make_shared<shared_state>(0);
    std::shared_ptr<shared_state> shared_by_postgresql_ =
        std::make_shared<shared_state>(0, sql_dialect::postgres);
};

TEST_F(random_conversation, the_client_sees_what_it_would_see_without_the_filter) {
    converse(shared_by_postgresql_, transparent,
             [](filtered_connection& connection, const std::string& sent) {
                 model_server direct;
                 EXPECT_EQ(connection.received(), direct.serve(sent));
             });
}

// A rollback drops portals. Those that were executed can only fail.
TEST_F(random_conversation, the_client_does_not_see_that_its_transaction_gives_way) {
    int ways = 0;
    gives_way_ = true;
    converse(shared_, accepted, [&](filtered_connection& connection, const std::string& sent) {
        model_server direct;
        direct.drop_executed_portals();
        EXPECT_EQ(connection.received(), direct.serve(sent));
        EXPECT_EQ(connection.server().commits(), direct.commits());
        ways += connection.ways();
    });
    EXPECT_TRUE(ways > 100 || std::getenv("DSQL_TEST_SEED") != nullptr);
}

TEST_F(random_conversation, no_commit_is_missed_by_a_fault) {
    shared_by_postgresql_->faults.set(fault::data_conflict, {});
    converse(shared_by_postgresql_, transparent,
             [](filtered_connection& connection, const std::string&) {
                 EXPECT_EQ(connection.server().commits(), 0);
             });
}

TEST_F(random_conversation, what_is_refused_is_never_executed) {
    shared_->faults.set(fault::data_conflict, {});
    converse(shared_, with_refused(), [](filtered_connection& connection, const std::string&) {
        EXPECT_EQ(connection.server().settings(), 0);
        EXPECT_EQ(connection.server().commits(), 0);
        EXPECT_TRUE(connection.server().is_closed() || !connection.filter().is_waiting());
    });
}

}  // namespace random_conversation_test
