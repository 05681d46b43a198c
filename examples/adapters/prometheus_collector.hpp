// SPDX-License-Identifier: Apache-2.0
// The statistics of pools for Prometheus, with prometheus-cpp. Copy this file to your project:
//
//     const auto pool = std::make_shared<dsql::pool>(dsql::config{.host = host});
//     const auto pools = std::make_shared<pool_collector>();
//     pools->add("orders", pool);
//     exposer.RegisterCollectable(pools);
#pragma once

#include <dsql/dsql.hpp>

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Reads the statistics of pools whenever Prometheus asks for them. Use one for all pools of a
/// program, because a response must not have a metric twice. Safe from any thread.
class pool_collector : public prometheus::Collectable {
public:
    /// Adds a `dsql::pool` or a `dsql::async_pool`. `name` is the value of its label `pool`. The
    /// pool is not kept alive: when it is gone, so are its metrics.
    template <class Pool>
    void add(std::string name, const std::shared_ptr<Pool>& pool) {
        const std::lock_guard lock(mutex_);
        pools_.push_back({std::move(name), [weak = std::weak_ptr<const Pool>(pool)] {
                              const std::shared_ptr<const Pool> alive = weak.lock();
                              return alive ? std::optional(alive->stat()) : std::nullopt;
                          }});
    }

    /// The metrics of all pools at this moment.
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
        using stat = dsql::pool_stat;
        constexpr auto gauge = prometheus::MetricType::Gauge;
        constexpr auto counter = prometheus::MetricType::Counter;
        families of(read());
        of.add(gauge, "dsql_pool_connections_max", "Connections that the pool may have.",
               &stat::max_connections);
        of.add(gauge, "dsql_pool_connections_idle", "Connections that are ready for use.",
               &stat::idle_connections);
        of.add(gauge, "dsql_pool_connections_acquired", "Connections in use.",
               &stat::acquired_connections);
        of.add(gauge, "dsql_pool_connections_constructing", "Connections that are being made.",
               &stat::constructing_connections);
        of.add(gauge, "dsql_pool_waiting", "Callers that wait for a connection.", &stat::waiting);
        of.add(counter, "dsql_pool_acquires_total", "Connections acquired.", &stat::acquire_count);
        of.add(counter, "dsql_pool_acquire_timeouts_total", "Acquires ended by a deadline.",
               &stat::acquire_timeouts);
        of.add(counter, "dsql_pool_acquires_rejected_total", "Acquires rejected by max_waiters.",
               &stat::rejected);
        of.add(counter, "dsql_pool_acquire_wait_seconds_total", "Time waited for connections.",
               &stat::empty_acquire_wait_time);
        of.add(counter, "dsql_pool_connections_made_total", "Connections made.",
               &stat::new_connections_count);
        of.add(counter, "dsql_pool_connect_errors_total", "Connects that failed.",
               &stat::connect_errors);
        of.add(counter, "dsql_pool_liveness_failures_total", "Idle connections found dead.",
               &stat::liveness_failures);
        of.add(counter, "dsql_token_refreshes_total", "Tokens signed.", &stat::token_refreshes);
        of.add(counter, "dsql_conflict_retries_total", "Retries after conflicts.",
               &stat::occ_retries);
        return of.take();
    }

private:
    struct named_pool {
        std::string name{};
        std::function<std::optional<dsql::pool_stat>()> stat{};
    };
    struct named_stat {
        std::string name{};
        dsql::pool_stat stat{};
    };

    /// Metrics, each with the values of all pools.
    class families {
    public:
        explicit families(std::vector<named_stat> pools) : pools_(std::move(pools)) {}

        template <class Number>
        void add(prometheus::MetricType type, std::string name, std::string help,
                 Number dsql::pool_stat::*field) {
            prometheus::MetricFamily& family = families_.emplace_back();
            family.name = std::move(name);
            family.help = std::move(help);
            family.type = type;
            for (const named_stat& pool : pools_) {
                prometheus::ClientMetric& metric = family.metric.emplace_back();
                metric.label = {{"pool", pool.name}};
                // The serializer reads the one that belongs to the type.
                metric.gauge.value = metric.counter.value = number(pool.stat.*field);
            }
        }

        [[nodiscard]] std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

    private:
        template <class Integer>
        static double number(Integer count) {
            return static_cast<double>(count);
        }
        static double number(std::chrono::nanoseconds time) {
            return std::chrono::duration<double>(time).count();
        }

        std::vector<named_stat> pools_;
        std::vector<prometheus::MetricFamily> families_;
    };

    [[nodiscard]] std::vector<named_stat> read() const {
        const std::lock_guard lock(mutex_);
        std::vector<named_stat> stats;
        for (const named_pool& pool : pools_) {
            if (const std::optional<dsql::pool_stat> stat = pool.stat()) {
                stats.push_back({pool.name, *stat});
            }
        }
        return stats;
    }

    mutable std::mutex mutex_;
    std::vector<named_pool> pools_;
};
