// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/pool.hpp>

#include "connector/connector.hpp"
#include "pg/session/limited_statements.hpp"
#include "pg/session/session_access.hpp"
#include "pool/limits.hpp"
#include "pool/maintenance.hpp"
#include "pool/pooled_entry.hpp"

#include <utility>

namespace dsql {

namespace {

using detail::connection_pool_engine;

// A transaction left open would swallow what the next user writes.
void require_usable(const connection& session) {
    if (!session.is_idle()) {
        throw error(
            "after_connect left its connection closed, or inside a transaction; commit or roll "
            "back what it begins");
    }
}

// What makes the pool's connections; shared with the engine, which may outlive the pool.
connection_pool_engine::factory make_factory(const config& settings, const pool_options& options) {
    auto source = std::make_shared<detail::connector>(settings);
    return [source, prepare = options.after_connect](std::chrono::milliseconds budget,
                                                     const std::stop_token& stop) {
        const pg::deadline until(budget);
        auto entry = std::make_unique<detail::pooled_entry>(source->open(until, stop));
        if (prepare) {
            const pg::limited_statements limited(pg::session_access::of(entry->session), until,
                                                 stop);
            prepare(entry->session);
            require_usable(entry->session);
        }
        return entry;
    };
}

}  // namespace

pooled_connection::pooled_connection(pooled_connection&& other) noexcept
    : entry_(std::exchange(other.entry_, nullptr)) {}

pooled_connection& pooled_connection::operator=(pooled_connection&& other) noexcept {
    if (this != &other) {
        release();
        entry_ = std::exchange(other.entry_, nullptr);
    }
    return *this;
}

pooled_connection::~pooled_connection() {
    release();
}

connection& pooled_connection::operator*() const noexcept {
    return entry_->session;
}

void pooled_connection::release() noexcept {
    if (entry_ != nullptr) {
        detail::pooled_entry* const entry = std::exchange(entry_, nullptr);
        entry->owner->release(entry);
    }
}

class pool::implementation {
public:
    implementation(const config& settings, const pool_options& options)
        : implementation(settings, options, detail::checked_limits(options)) {}
    implementation(const config& settings, const pool_options& options,
                   const detail::pool_limits& limits)
        : engine_(std::make_shared<connection_pool_engine>(limits, make_factory(settings, options),
                                                           [this] { maintenance_.wake(); })),
          maintenance_(limits.health_check_period, [engine = engine_](const std::stop_token& stop) {
              engine->maintain(stop);
          }) {}
    ~implementation() { close(); }
    implementation(const implementation&) = delete;
    implementation& operator=(const implementation&) = delete;

    connection_pool_engine& engine() noexcept { return *engine_; }

    void close() noexcept {
        engine_->close();
        const std::lock_guard lock(stopping_);
        maintenance_.stop();
    }

private:
    const std::shared_ptr<connection_pool_engine> engine_;
    std::mutex stopping_;
    detail::maintenance maintenance_;
};

pool::pool(const config& settings, const pool_options& options)
    : implementation_(std::make_unique<implementation>(settings, options)) {}

pool::pool(std::string_view connection_string, const pool_options& options)
    : pool(parse_connection_string(connection_string), options) {}

pool::~pool() = default;

pooled_connection pool::acquire() {
    return pooled_connection(implementation_->engine().acquire());
}

pooled_connection pool::acquire(within budget) {
    return acquire_for(budget);
}

pooled_connection pool::acquire_for(const call_limits& limits) {
    return pooled_connection(implementation_->engine().acquire(limits.deadline()));
}

result pool::run_statement(const call_limits& limits, const sql_text& sql,
                           const detail::argument_view& values) {
    const pooled_connection acquired = acquire_for(limits);
    return pg::session_access::of(*acquired).execute(limits, sql, values);
}

batch_results pool::run_batch(const call_limits& limits, const batch& statements) {
    return acquire_for(limits)->run(limits, statements);
}

pool_stat pool::stat() const {
    return implementation_->engine().stat();
}

void pool::close() noexcept {
    implementation_->close();
}

}  // namespace dsql
