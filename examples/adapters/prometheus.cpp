// SPDX-License-Identifier: Apache-2.0
// Prints what Prometheus would read: statistics of a pool, and durations and errors of statements.
//
//     example_prometheus                    prints the metrics once
//     example_prometheus 127.0.0.1:9464     serves them under /metrics until standard input ends
#include <dsql/dsql.hpp>

#include "prometheus_collector.hpp"
#include "prometheus_observer.hpp"

#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <limits>
#include <memory>
#include <vector>

void use(dsql::pool& pool) {
    dsql::retrying_pool db(pool);
    db.execute("DROP TABLE IF EXISTS example_metrics");
    db.execute("CREATE TABLE example_metrics (id int PRIMARY KEY)");
    for (int id = 0; id < 10; ++id) {
        dsql::transact(pool, [id](dsql::transaction& tx) {
            tx.execute("INSERT INTO example_metrics VALUES ($1)", id);
        });
    }
    try {
        db.execute("INSERT INTO example_metrics VALUES ($1)", 0);
    } catch (const dsql::server_error& error) {
        if (error.sqlstate() != "23505") {  // unique_violation
            throw;
        }
    }
    db.execute("DROP TABLE example_metrics");
}

int main(int argc, char** argv) {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        const auto registry = std::make_shared<prometheus::Registry>();
        const auto pool = std::make_shared<dsql::pool>(dsql::config{
            .host = host, .observer = std::make_shared<prometheus_observer>(registry, "example")});
        const auto pools = std::make_shared<pool_collector>();
        pools->add("example", pool);
        use(*pool);

        if (argc > 1) {
            prometheus::Exposer exposer(argv[1]);
            exposer.RegisterCollectable(registry);
            exposer.RegisterCollectable(pools);
            std::cout << "port " << exposer.GetListeningPorts().front() << std::endl;
            std::cin.ignore(std::numeric_limits<std::streamsize>::max());
        } else {
            std::vector<prometheus::MetricFamily> metrics = pools->Collect();
            const std::vector<prometheus::MetricFamily> observed = registry->Collect();
            metrics.insert(metrics.end(), observed.begin(), observed.end());
            prometheus::TextSerializer().Serialize(std::cout, metrics);
        }
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
