// SPDX-License-Identifier: Apache-2.0
// Prints a span for each connect, acquire and statement, one line each, like OpenTelemetry's
// console exporter and with its semantic conventions for databases.
#include <dsql/dsql.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

class tracer : public dsql::observer {
public:
    span connect_started(const dsql::connect_event& event) noexcept override {
        return start("connect", "server.address=" + std::string(event.host));
    }
    span acquire_started(const dsql::acquire_event&) noexcept override {
        return start("acquire", "db.client.connection.pool.name=example");
    }
    span query_started(const dsql::query_event& event) noexcept override {
        return start("query", "db.system.name=postgresql db.query.text=\"" +
                                  std::string(event.sql) +
                                  "\" code.line.number=" + std::to_string(event.where.line()));
    }
    span token_refresh_started() noexcept override { return start("sign token", ""); }
    void connect_ended(span of, const std::exception* error) noexcept override { end(of, error); }
    void acquire_ended(span of, const std::exception* error) noexcept override { end(of, error); }
    void query_ended(span of, const dsql::query_end_event& ended) noexcept override {
        end(of, ended.error);
    }
    void token_refresh_ended(span of, const std::exception* error) noexcept override {
        end(of, error);
    }

private:
    using clock = std::chrono::steady_clock;
    struct running {
        std::string name;
        std::string attributes;
        clock::time_point since;
    };

    span start(const char* name, std::string attributes) {
        const std::lock_guard lock(mutex_);
        spans_[++last_] = {name, std::move(attributes), clock::now()};
        return last_;
    }

    void end(span of, const std::exception* error) {
        const std::lock_guard lock(mutex_);
        const running& ended = spans_[of];
        const std::chrono::duration<double, std::milli> took = clock::now() - ended.since;
        std::cout << "span_id=" << of << " name=\"" << ended.name
                  << "\" duration_ms=" << took.count()
                  << " status=" << (error == nullptr ? "OK" : "ERROR") << ' ' << ended.attributes
                  << '\n';
        spans_.erase(of);
    }

    std::mutex mutex_;
    span last_ = 0;
    std::unordered_map<span, running> spans_;
};

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host, .observer = std::make_shared<tracer>()});
        return pool.query_value<int>("SELECT $1::int + 1", 41) == 42 ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
