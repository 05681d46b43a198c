// SPDX-License-Identifier: Apache-2.0
// Processes that load the same file at the same time, step by step in the ledger, and as they come.
#include "load/load_ledger.hpp"

#include <dsql/config.hpp>
#include <dsql/pool.hpp>

#include "load_run.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace load_ledger_test {

using dsql_cli::load::load_ledger;
using dsql_cli::load::load_record;

class LoadLedger : public load_fixture {
protected:
    LoadLedger() { ledger_.prepare(); }

    static dsql_cli::load::target_table loaded() { return {.name = {"public", "loaded"}}; }

    static dsql::config settings() {
        return {.host = (*endpoint_)["CLUSTER_ENDPOINT"],
                .port = endpoint_->port(),
                .host_address = "127.0.0.1",
                .ssl_root_cert = (*endpoint_)["DSQL_SSL_ROOT_CERT"]};
    }

    void complete(const load_record& begun) {
        ledger_.complete({.id = id_, .generation = begun.generation}, {.rows = 1});
    }

    dsql::pool pool_{settings(), {.max_connections = 1}};
    load_ledger ledger_{pool_, loaded()};
    std::string id_ = directory_.path();
};

TEST_F(LoadLedger, ALoadThatBeganSinceCountsWhetherCompleteOrNot) {
    const std::optional<load_record> found = ledger_.find(id_);
    EXPECT_FALSE(found);
    const load_record first = ledger_.begin(id_, "{}", found);
    EXPECT_FALSE(first.is_complete);
    EXPECT_EQ(ledger_.begin(id_, "{}", found).generation, first.generation);
    complete(first);
    const load_record after = ledger_.begin(id_, "{}", found);
    EXPECT_EQ(after.generation, first.generation);
    EXPECT_TRUE(after.is_complete);
}

TEST_F(LoadLedger, OnlyTheCompleteLoadThatWasFoundIsReplaced) {
    complete(ledger_.begin(id_, "{}", std::nullopt));
    const std::optional<load_record> found = ledger_.find(id_);
    ASSERT_TRUE(found);
    const load_record second = ledger_.begin(id_, "{}", found);
    EXPECT_NE(second.generation, found->generation);
    EXPECT_FALSE(second.is_complete);
    complete(second);
    const load_record after = ledger_.begin(id_, "{}", found);
    EXPECT_EQ(after.generation, second.generation);
    EXPECT_TRUE(after.is_complete);
    EXPECT_FALSE(ledger_.begin(id_, "{}", after).is_complete);
}

TEST_F(LoadLedger, ManyProcessesLoadASmallFileOnceIntoATableThatTheyCreate) {
    std::mt19937_64 random(random_seed());
    // Lets some of them wait between their steps, so that others overtake them.
    faults_.set("data-conflict probability=0.3");
    for (int round = 0; round < 8; ++round) {
        const std::string table = "small_" + std::to_string(round);
        const std::string file = write(table + ".csv", "id\n1\n2\n3\n");
        std::vector<pid_t> children;
        for (int i = 0; i < 6; ++i) {
            children.push_back(
                start(load_command("--create --table " + table + " " + file) + " >/dev/null"));
            std::this_thread::sleep_for(std::chrono::milliseconds(random() % 15));
        }
        for (const pid_t child : children) {
            int status = -1;
            EXPECT_EQ(waitpid(child, &status, 0), child);
            EXPECT_EQ(status, 0);
        }
        EXPECT_EQ(psql("SELECT count(*), sum(id) FROM " + table), "3|6\n");
    }
    faults_.clear();
}

}  // namespace load_ledger_test
