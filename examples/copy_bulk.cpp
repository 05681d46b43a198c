// SPDX-License-Identifier: Apache-2.0
// Loads 10 000 rows with COPY, in chunks that fit into a DSQL transaction, and reads them back.
#include <dsql/dsql.hpp>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

struct event {
    long id = 0;
    std::string what{};
};

std::vector<event> make_events(long count) {
    std::vector<event> events;
    for (long id = 1; id <= count; ++id) {
        events.push_back({.id = id, .what = "event " + std::to_string(id)});
    }
    return events;
}

// After a conflict, the chunk is rolled back and copied again.
void load(dsql::retrying_pool& db, const std::vector<event>& events) {
    dsql::in_chunks(events, {.rows = 3'000}, [&](const auto& chunk) {
        db.transact([&](dsql::transaction& tx) {
            dsql::copy_writer copy =
                tx.copy_in({.table = "example_events", .columns = {"id", "what"}});
            for (const event& each : chunk) {
                copy.row(each);
            }
            copy.finish();  // without finish(), no row is copied
        });
        std::cout << "loaded " << chunk.offset() + chunk.size() << '\n';
    });
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host});
        dsql::retrying_pool db(pool);
        db.execute("DROP TABLE IF EXISTS example_events");
        db.execute("CREATE TABLE example_events (id bigint PRIMARY KEY, what text NOT NULL)");

        load(db, make_events(10'000));

        long rows = 0;
        long sum = 0;
        for (const event& each :
             pool.copy_out<event>({.table = "example_events", .columns = {"id", "what"}})) {
            ++rows;
            sum += each.id;
        }
        std::cout << "read " << rows << ", sum of ids " << sum << '\n';

        db.execute("DROP TABLE example_events");
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
