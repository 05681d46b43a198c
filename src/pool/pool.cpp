// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/pool.hpp>

#include "connector/transient_failure.hpp"
#include "pg/exchange/batch_reader.hpp"
#include "pg/session/limited_statements.hpp"
#include "pg/session/session_access.hpp"
#include "pool/connection_maker.hpp"
#include "pool/limits.hpp"
#include "pool/maintenance.hpp"
#include "pool/pooled_entry.hpp"
#include "pool/require_usable.hpp"
#include "told_of_end.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

namespace dsql {

namespace {

using detail::connection_maker;
using detail::connection_pool_engine;
using detail::pooled_entry;
using std::chrono::milliseconds;

// Shared with the engine, which may outlive the pool.
connection_pool_engine::factory factory_of(const std::shared_ptr<connection_maker>& maker,
                                           const std::shared_ptr<observer>& told) {
    connection_pool_engine::factory made{
        .make = [maker](const std::stop_token& stop) { return maker->make(stop); },
        .may_pass = &detail::is_transient_connect_failure};
    if (told) {
        made.retrying = [told](const retry_event& event) {
            told->retrying(event);
        };
    }
    return made;
}

// Only where there is a threshold, and so a hook.
void report_leak(const std::function<void(const leak_report&)>& on_leak,
                 const source_location& where, milliseconds held) noexcept {
    try {
        on_leak({.where = where, .held = held});
    } catch (...) {
        return;  // there is nobody to tell on this thread
    }
}

// Whether what is being handled says that a limit has struck: that says nothing about the
// connection, unless it was closed by it.
bool is_struck_limit() {
    try {
        throw;
    } catch (const timeout_error&) {
        return true;
    } catch (const cancelled_error&) {
        return true;
    } catch (...) {
        return false;
    }
}

}  // namespace

class pool::implementation {
public:
    implementation(const config& settings, const pool_options& options)
        : implementation(settings, options, detail::checked_limits(options)) {}
    ~implementation() { close(); }
    implementation(const implementation&) = delete;
    implementation& operator=(const implementation&) = delete;

    pooled_entry* acquire(const call_limits& limits, const source_location& where) {
        if (!checks_on_acquire_) [[likely]] {
            return engine_->acquire(limits, where);
        }
        return observer_ ? acquire_observed(limits, where) : acquire_checked(limits, where);
    }

    // Of one that took no time.
    void tell_of_acquire(const source_location& where) noexcept {
        if (observer_) {
            observer_->acquire_ended(observer_->acquire_started({.where = where}), nullptr);
        }
    }

    connection_pool_engine& engine() noexcept { return *engine_; }
    [[nodiscard]] int max_connections() const noexcept { return max_connections_; }

    [[nodiscard]] pool_stat stat() const {
        pool_stat now = engine_->stat();
        now.token_refreshes = maker_->token_refreshes();
        now.occ_retries = occ_retries_;
        return now;
    }

    void count_occ_retry(const retry_event& event) noexcept {
        ++occ_retries_;
        if (observer_) {
            observer_->retrying(event);
        }
    }

    void close() noexcept {
        if (engine_->is_in_child()) {
            return;
        }
        engine_->close();
        const std::lock_guard lock(stopping_);
        maintenance_.stop();
    }

private:
    implementation(const config& settings, const pool_options& options,
                   const detail::pool_limits& limits)
        : observer_(settings.observer),
          prepare_connection_(options.prepare_connection),
          ping_after_idle_(options.ping_after_idle),
          pings_(options.liveness == liveness_check::ping),
          checks_on_acquire_(observer_ || prepare_connection_ || pings_),
          max_connections_(limits.max_connections),
          acquire_timeout_(limits.acquire_timeout),
          maker_(std::make_shared<connection_maker>(settings, options)),
          engine_(std::make_shared<connection_pool_engine>(limits, factory_of(maker_, observer_),
                                                           [this] { maintenance_.wake(); })),
          maintenance_([engine = engine_, on_leak = options.on_leak] {
              return engine->maintain([&on_leak](const source_location& where, milliseconds held) {
                  report_leak(on_leak, where, held);
              });
          }) {}

    pooled_entry* acquire_observed(const call_limits& limits, const source_location& where) {
        const observer::span span = observer_->acquire_started({.where = where});
        return detail::told_of_end(
            [&] { return acquire_checked(limits, where); },
            [&](const std::exception* failure) { observer_->acquire_ended(span, failure); });
    }

    // One that passes the checks, within the time of the first.
    pooled_entry* acquire_checked(const call_limits& limits, const source_location& where) {
        const auto latest = call_limits::clock::now() + acquire_timeout_;
        const call_limits bounded(limits.deadline() ? std::min(*limits.deadline(), latest) : latest,
                                  limits.stop());
        while (true) {
            pooled_entry* const entry = engine_->acquire(bounded, where);
            if (answers(entry, bounded) && is_prepared(entry, bounded)) {
                return entry;
            }
        }
    }

    // Whether it does, within the limits; else it is gone, and whoever struck a limit is told.
    [[nodiscard]] bool answers(pooled_entry* entry, const call_limits& limits) {
        if (!pings_ || detail::coarse_clock::now() - entry->idle_since < ping_after_idle_) {
            return true;
        }
        try {
            entry->session.ping(limits);
            return true;
        } catch (const error&) {
            if (is_struck_limit()) {
                engine_->reject(entry, entry->session.is_idle());
                throw;
            }
            engine_->reject(entry, false, true);
            return false;
        }
    }

    // Whether the hook says to use it; else it is gone.
    [[nodiscard]] bool is_prepared(pooled_entry* entry, const call_limits& limits) {
        if (!prepare_connection_) {
            return true;
        }
        switch (call_prepare_connection(entry, limits)) {
            case prepare_action::use:
                return true;
            case prepare_action::replace:
                engine_->reject(entry, false);
                return false;
            case prepare_action::fail:
                break;
        }
        engine_->reject(entry, true);
        throw error("acquire: prepare_connection answered prepare_action::fail");
    }

    prepare_action call_prepare_connection(pooled_entry* entry, const call_limits& limits) {
        try {
            const pg::limited_statements limited(entry->session, pg::deadline(limits.deadline()),
                                                 limits.stop());
            const prepare_action answer = prepare_connection_(entry->session);
            if (answer == prepare_action::use) {
                detail::require_usable(entry->session, "prepare_connection");
            }
            return answer;
        } catch (...) {
            engine_->reject(entry, is_struck_limit() && entry->session.is_idle());
            throw;
        }
    }

    const std::shared_ptr<observer> observer_;
    const std::function<prepare_action(connection&)> prepare_connection_;
    const milliseconds ping_after_idle_;
    const bool pings_;
    const bool checks_on_acquire_;
    const int max_connections_;
    const milliseconds acquire_timeout_;
    std::atomic<std::int64_t> occ_retries_ = 0;
    const std::shared_ptr<connection_maker> maker_;
    const std::shared_ptr<connection_pool_engine> engine_;
    std::mutex stopping_;
    detail::maintenance maintenance_;
};

pool::pool(const config& settings, const pool_options& options)
    : implementation_(std::make_unique<implementation>(settings, options)) {}

pool::pool(std::string_view connection_string, const pool_options& options)
    : pool(parse_connection_string(connection_string), options) {}

pool::~pool() {
    if (implementation_->engine().is_in_child()) {
        // Left as it is: its connections and threads are the parent's, its locks may be held.
        static_cast<void>(implementation_.release());
    }
}

pooled_connection pool::acquire(source_location where) {
    return pooled_connection(implementation_->acquire({}, where));
}

pooled_connection pool::acquire(const call_limits& limits, source_location where) {
    return pooled_connection(implementation_->acquire(limits, where));
}

pooled_connection pool::acquire(within budget, const std::stop_token& stop, source_location where) {
    return acquire(call_limits(budget, stop), where);
}

std::vector<pooled_connection> pool::acquire_all_idle(source_location where) {
    const std::vector<pooled_entry*> entries = implementation_->engine().acquire_all_idle(where);
    std::vector<pooled_connection> loans;
    loans.reserve(entries.size());
    for (pooled_entry* const entry : entries) {
        loans.push_back(pooled_connection(entry));
        implementation_->tell_of_acquire(where);
    }
    return loans;
}

pooled_transaction pool::begin(const transaction_options& options, source_location where) {
    return {acquire(where), {}, options, where};
}

pooled_transaction pool::begin(const call_limits& limits, const transaction_options& options,
                               source_location where) {
    return {acquire(limits, where), limits, options, where};
}

void pool::ping(const call_limits& limits, source_location where) {
    acquire(limits, where)->ping(limits, where);
}

void pool::warm_up(int connections, milliseconds timeout) {
    if (connections < 0 || connections > implementation_->max_connections()) {
        throw config_error("warm_up: " + std::to_string(connections) +
                           " connections; it must be from 0 to max_connections, which is " +
                           std::to_string(implementation_->max_connections()));
    }
    implementation_->engine().warm_up(connections, *pg::deadline(timeout).at());
}

void pool::reset() noexcept {
    implementation_->engine().reset();
}

result pool::run_statement(const call_limits& limits, const sql_text& sql,
                           const detail::argument_view& values) {
    const pooled_connection acquired = acquire(limits, sql.where());
    return pg::session_access::of(*acquired).execute(limits, sql, values);
}

batch_results pool::run_batch(const call_limits& limits, const batch& statements) {
    const source_location where =
        statements.empty() ? source_location() : pg::batch_reader(statements).sql(0).where();
    return acquire(limits, where)->run(limits, statements);
}

pool_stat pool::stat() const {
    return implementation_->stat();
}

void pool::count_occ_retry(const retry_event& event) noexcept {
    implementation_->count_occ_retry(event);
}

void pool::close() noexcept {
    implementation_->close();
}

int pool::close(milliseconds timeout) noexcept {
    const auto until = pg::deadline(std::max(timeout, milliseconds(0)));
    close();
    return implementation_->engine().await_loans(*until.left());
}

}  // namespace dsql
