// SPDX-License-Identifier: Apache-2.0
// Measures for Prometheus what connections and pools do, with prometheus-cpp. Copy this file to
// your project:
//
//     const auto registry = std::make_shared<prometheus::Registry>();
//     dsql::pool pool({.host = host,
//                      .observer = std::make_shared<prometheus_observer>(registry, "orders")});
//     exposer.RegisterCollectable(registry);
//
// The number of time series is fixed: a label is the name that you give a pool, or a word from one
// of the tables below, and never from a statement, a value or an error.
#pragma once

#include <dsql/dsql.hpp>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/labels.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

/// Measures statements, connects and acquires, and counts errors and retries, for
/// `config::observer`. All its time series exist from the start, so that its functions need no
/// memory and a rate begins at zero. They may be called on several threads at once.
class prometheus_observer : public dsql::observer {
public:
    /// `pool` is the value of the label of this name.
    prometheus_observer(std::shared_ptr<prometheus::Registry> registry, std::string pool)
        : registry_(std::move(registry)), pool_(std::move(pool)) {
        acquires_ = &histogram("dsql_acquire_seconds", "Time to get a connection from the pool.");
        connects_ =
            &histogram("dsql_connect_seconds", "Time to make a connection, with its login.");
        for (std::size_t i = 0; i < operations.size(); ++i) {
            statements_[i] = &histogram("dsql_statement_seconds", "Duration of statements.",
                                        {{"operation", std::string(operations[i])}});
        }
        for (std::size_t i = 0; i < error_types.size(); ++i) {
            errors_[i] = &counter("dsql_statement_errors_total", "Statements that failed.",
                                  {{"error", std::string(error_types[i])}});
        }
        for (std::size_t i = 0; i < retried.size(); ++i) {
            retries_[i] = &counter("dsql_retries_total", "Failures after which it was tried again.",
                                   {{"operation", std::string(to_string(retried[i]))}});
        }
        refresh_failures_ = &counter("dsql_credentials_refresh_failures_total",
                                     "Renewals of AWS credentials that failed.");
    }

    span connect_started(const dsql::connect_event&) noexcept override { return now(); }
    void connect_ended(span started, const std::exception*) noexcept override {
        connects_->Observe(seconds_since(started));
    }
    span acquire_started(const dsql::acquire_event&) noexcept override { return now(); }
    void acquire_ended(span started, const std::exception*) noexcept override {
        acquires_->Observe(seconds_since(started));
    }
    void query_ended(span, const dsql::query_end_event& ended) noexcept override {
        statements_[operation_of(ended.sql)]->Observe(
            std::chrono::duration<double>(ended.duration).count());
        if (ended.error != nullptr) {
            errors_[type_of(*ended.error)]->Increment();
        }
    }
    void retrying(const dsql::retry_event& event) noexcept override {
        for (std::size_t i = 0; i < retried.size(); ++i) {
            if (retried[i] == event.operation) {
                retries_[i]->Increment();
            }
        }
    }
    void credentials_refresh_failed(const dsql::credentials_refresh_event&) noexcept override {
        refresh_failures_->Increment();
    }

private:
    static constexpr std::array<std::string_view, 11> operations = {
        "select", "insert", "update",   "delete", "with", "copy",
        "begin",  "commit", "rollback", "batch",  "other"};
    static constexpr std::size_t batch = operations.size() - 2;
    static constexpr std::size_t other = operations.size() - 1;
    static constexpr std::array<std::string_view, 6> error_types = {
        "conflict", "server", "connection", "timeout", "cancelled", "other"};
    static constexpr std::array retried = {
        dsql::retried_operation::connect, dsql::retried_operation::login,
        dsql::retried_operation::transaction, dsql::retried_operation::failover};

    // The first word of a statement, if it is in the table.
    static std::size_t operation_of(std::string_view sql) noexcept {
        if (sql.starts_with("a batch of ")) {
            return batch;
        }
        sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n("), sql.size()));
        for (std::size_t i = 0; i < batch; ++i) {
            if (begins_with(sql, operations[i])) {
                return i;
            }
        }
        return other;
    }
    static bool begins_with(std::string_view sql, std::string_view lower_case_word) noexcept {
        return sql.size() >= lower_case_word.size() &&
               std::equal(
                   lower_case_word.begin(), lower_case_word.end(), sql.begin(),
                   [](char letter, char c) { return c == letter || c == letter - 'a' + 'A'; });
    }

    // The index in `error_types`.
    static std::size_t type_of(const std::exception& error) noexcept {
        const std::array<bool, error_types.size()> is = {
            dynamic_cast<const dsql::occ_conflict*>(&error) != nullptr,
            dynamic_cast<const dsql::server_error*>(&error) != nullptr,
            dynamic_cast<const dsql::connection_error*>(&error) != nullptr,
            dynamic_cast<const dsql::timeout_error*>(&error) != nullptr,
            dynamic_cast<const dsql::cancelled_error*>(&error) != nullptr,
            true};
        return static_cast<std::size_t>(std::find(is.begin(), is.end(), true) - is.begin());
    }

    // The span of a connect or an acquire is the time of its start, so nothing has to be stored.
    static span now() noexcept {
        return static_cast<span>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
    }
    static double seconds_since(span started) noexcept {
        return static_cast<double>(now() - started) / 1e9;
    }

    // The buckets are those of OpenTelemetry's db.client.operation.duration.
    prometheus::Histogram& histogram(const std::string& name, const std::string& help,
                                     prometheus::Labels labels = {}) {
        static const prometheus::Histogram::BucketBoundaries seconds = {
            0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10};
        labels["pool"] = pool_;
        return prometheus::BuildHistogram()
            .Name(name)
            .Help(help)
            .Register(*registry_)
            .Add(labels, seconds);
    }
    prometheus::Counter& counter(const std::string& name, const std::string& help,
                                 prometheus::Labels labels = {}) {
        labels["pool"] = pool_;
        return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
    }

    std::shared_ptr<prometheus::Registry> registry_;  // owns what the pointers point to
    std::string pool_;
    prometheus::Histogram* acquires_ = nullptr;
    prometheus::Histogram* connects_ = nullptr;
    std::array<prometheus::Histogram*, operations.size()> statements_{};
    std::array<prometheus::Counter*, error_types.size()> errors_{};
    std::array<prometheus::Counter*, retried.size()> retries_{};
    prometheus::Counter* refresh_failures_ = nullptr;
};
