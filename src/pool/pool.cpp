// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/pool.hpp>

#include "base/notify_on_completion.hpp"
#include "base/process_exit.hpp"
#include "errors/classify_connect_error.hpp"
#include "pg/exchange/batch_reader.hpp"
#include "pg/session/limited_statements.hpp"
#include "pg/session/session_access.hpp"
#include "pool/connection_factory.hpp"
#include "pool/connection_slot.hpp"
#include "pool/hook_scope.hpp"
#include "pool/maintenance_thread.hpp"
#include "pool/pool_limits.hpp"
#include "pool/pool_slot.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace dsql {

namespace {

using detail::acquire_history;
using detail::connection_factory;
using detail::connection_pool_engine;
using detail::connection_slot;
using detail::hook_scope;
using detail::unclaimed_slots;
using std::chrono::milliseconds;

// The functions share ownership with the engine, which may outlive the pool.
connection_pool_engine::factory engine_factory(
    const std::shared_ptr<connection_factory>& connections,
    const std::shared_ptr<observer>& watcher) {
    connection_pool_engine::factory made{
        .make = [connections](const std::stop_token& stop,
                              bool& in_hook) { return connections->make(stop, in_hook); },
        .is_transient = &detail::is_transient_connect_failure};
    if (watcher) {
        made.retrying = [watcher](const retry_event& event) {
            watcher->retrying(event);
        };
    }
    return made;
}

// Called only when leak_threshold is set, which requires on_leak.
void report_leak(const std::function<void(const leak_report&)>& on_leak,
                 const source_location& where, milliseconds held) noexcept {
    try {
        on_leak({.where = where, .held = held});
    } catch (...) {
        return;  // no caller on this thread could handle the exception
    }
}

// Whether the current exception means that a deadline passed or a stop was requested. Such an error
// tells nothing about the connection, unless it closed the connection.
bool is_limit_error() {
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

// Shared, because a hook may destroy the pool while a function of the pool runs.
class pool::implementation : public std::enable_shared_from_this<pool::implementation> {
public:
    implementation(const config& settings, const pool_options& options)
        : implementation(settings, options, detail::checked_limits(options)) {}
    ~implementation() {
        if (is_in_hook()) {
            maintenance_.defer_join();  // the thread may be waiting for this hook, or be running it
        }
    }
    implementation(const implementation&) = delete;
    implementation& operator=(const implementation&) = delete;

    connection_slot* acquire(const call_limits& limits, const source_location& where) {
        if (!checks_on_acquire_) [[likely]] {
            return engine_->acquire(limits, where);
        }
        return observer_ ? acquire_observed(limits, where) : acquire_checked(limits, where);
    }

    // Reports an acquire that did not have to wait.
    void report_immediate_acquire(const source_location& where) noexcept {
        if (observer_) {
            const hook_scope hooks(engine_.get());
            observer_->acquire_ended(observer_->acquire_started({.where = where}), nullptr);
        }
    }

    connection_pool_engine& engine() noexcept { return *engine_; }
    [[nodiscard]] int max_connections() const noexcept { return max_connections_; }

    [[nodiscard]] pool_stat stat() const {
        pool_stat now = engine_->stat();
        now.token_refreshes = connections_->token_refreshes();
        now.occ_retries = occ_retries_;
        return now;
    }

    void count_occ_retry(const retry_event& event) noexcept {
        ++occ_retries_;
        if (observer_) {
            const hook_scope hooks(engine_.get());
            observer_->retrying(event);
        }
    }

    void close() noexcept {
        if (engine_->is_in_child()) {
            return;
        }
        engine_->close();
        if (is_in_hook()) {
            maintenance_.request_stop();
            return;
        }
        const std::lock_guard lock(stopping_);
        maintenance_.stop();
    }

    [[nodiscard]] bool is_in_hook() const noexcept { return hook_scope::is_inside(engine_.get()); }

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
          connections_(std::make_shared<connection_factory>(settings, options)),
          engine_(std::make_shared<connection_pool_engine>(
              limits, engine_factory(connections_, observer_), [this] { maintenance_.wake(); })),
          maintenance_([engine = engine_, on_leak = options.on_leak] {
              return engine->maintain([&on_leak](const source_location& where, milliseconds held) {
                  report_leak(on_leak, where, held);
              });
          }),
          at_exit_([this] { close(); }) {}

    connection_slot* acquire_observed(const call_limits& limits, const source_location& where) {
        const std::shared_ptr<implementation> keep = shared_from_this();
        const observer::span span = call_acquire_started(where);
        return detail::notify_on_completion([&] { return acquire_checked(limits, where); },
                                            [&](const std::exception* failure) {
                                                const hook_scope hooks(engine_.get());
                                                observer_->acquire_ended(span, failure);
                                            });
    }

    observer::span call_acquire_started(const source_location& where) noexcept {
        const hook_scope hooks(engine_.get());
        return observer_->acquire_started({.where = where});
    }

    // Acquires until a connection passes the checks; all attempts together share one timeout.
    connection_slot* acquire_checked(const call_limits& limits, const source_location& where) {
        const std::shared_ptr<implementation> keep = shared_from_this();
        acquire_history history;
        const auto latest = history.began + acquire_timeout_;
        const call_limits bounded(limits.deadline() ? std::min(*limits.deadline(), latest) : latest,
                                  limits.stop());
        while (true) {
            const auto round = call_limits::clock::now();
            connection_slot* const entry = engine_->acquire(bounded, where, &history);
            const bool is_new = entry->is_new;
            if (passes_checks(entry, bounded, history)) {
                engine_->note_fit();
                return entry;
            }
            // Later new connections may fail the checks as well, so the loop must slow down.
            if (is_new) {
                engine_->delay_after_unfit(bounded, where, history, round);
            }
        }
    }

    // Whether the caller can use the connection. If not, or if this throws, the connection has gone
    // back to the pool.
    bool passes_checks(connection_slot* entry, const call_limits& limits,
                       acquire_history& history) {
        unclaimed_slots unclaimed(*engine_, {&entry, 1});
        if (!passes_ping(*entry, limits)) {
            unclaimed.close(true);
            ++history.dead;
            return false;
        }
        if (!is_accepted_by_hook(*entry, limits, unclaimed)) {
            ++history.replaced;
            return false;
        }
        static_cast<void>(unclaimed.claim());
        return true;
    }

    // Whether the connection was in use recently, or responds to a ping if it was not. Throws when
    // a limit ends the ping, because that tells nothing about the connection.
    [[nodiscard]] bool passes_ping(connection_slot& entry, const call_limits& limits) const {
        if (!pings_ || detail::coarse_clock::now() - entry.idle_since < ping_after_idle_) {
            return true;
        }
        try {
            entry.session.ping(limits);
            return true;
        } catch (const error&) {
            if (is_limit_error()) {
                throw;
            }
            return false;
        }
    }

    // Whether `prepare_connection`, if there is one, accepts the connection.
    [[nodiscard]] bool is_accepted_by_hook(connection_slot& entry, const call_limits& limits,
                                           unclaimed_slots& unclaimed) const {
        if (!prepare_connection_) {
            return true;
        }
        switch (call_prepare_connection(entry, limits, unclaimed)) {
            case prepare_action::use:
                return true;
            case prepare_action::replace:
                unclaimed.close();
                return false;
            case prepare_action::fail:
                break;
        }
        throw error("acquire: prepare_connection answered prepare_action::fail");
    }

    prepare_action call_prepare_connection(connection_slot& entry, const call_limits& limits,
                                           unclaimed_slots& unclaimed) const {
        const hook_scope hooks(engine_.get());
        try {
            const pg::scoped_call_limits limited(entry.session, pg::deadline(limits.deadline()),
                                                 limits.stop());
            const prepare_action action = prepare_connection_(entry.session);
            if (action == prepare_action::use) {
                detail::require_idle(entry.session, "prepare_connection");
            }
            return action;
        } catch (...) {
            if (!is_limit_error()) {
                unclaimed.close();
            }
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
    const std::shared_ptr<connection_factory> connections_;
    const std::shared_ptr<connection_pool_engine> engine_;
    std::mutex stopping_;
    detail::maintenance_thread maintenance_;
    // Declared last, because it ends the threads that use the other members.
    detail::stopped_at_exit at_exit_;
};

pool::pool(const config& settings, const pool_options& options)
    : implementation_(std::make_shared<implementation>(settings, options)) {}

pool::pool(std::string_view connection_string, const pool_options& options)
    : pool(parse_connection_string(connection_string), options) {}

pool::~pool() {
    if (implementation_->engine().is_in_child()) {
        // The pool is leaked: its connections and threads belong to the parent process, and its
        // locks may be held.
        std::construct_at(&implementation_);
        return;
    }
    implementation_->close();
}

pooled_connection pool::acquire(const call_limits& limits, source_location where) {
    return pooled_connection(implementation_->acquire(limits, where));
}

std::vector<pooled_connection> pool::acquire_all_idle(source_location where) {
    const std::shared_ptr<implementation> keep = implementation_;
    std::vector<connection_slot*> entries = keep->engine().acquire_all_idle(where);
    unclaimed_slots unclaimed(keep->engine(), entries);
    std::vector<pooled_connection> acquired;
    acquired.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        acquired.push_back(pooled_connection(unclaimed.claim(i)));
        keep->report_immediate_acquire(where);
    }
    return acquired;
}

pooled_transaction pool::begin(const transaction_options& options, source_location where) {
    return begin({}, options, where);
}

pooled_transaction pool::begin(const call_limits& limits, const transaction_options& options,
                               source_location where) {
    return pooled_transaction(acquire(limits, where)->begin(limits, options, where));
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
    const std::shared_ptr<implementation> keep = implementation_;
    keep->engine().reset();
}

result pool::run_statement(const call_limits& limits, const sql_text& sql,
                           const detail::argument_view& values) {
    const pooled_connection acquired = acquire(limits, sql.where());
    pg::session& running = pg::session_access::of(*acquired);
    return running.wait_for_execute(limits, sql, values);
}

batch_results pool::run_batch(const call_limits& limits, const batch& statements) {
    const source_location where =
        statements.empty() ? source_location() : pg::batch_reader(statements).sql(0).where();
    return acquire(limits, where)->run(limits, statements);
}

// The handle is destroyed here; the connection returns to the pool with the last pin.
detail::session_pin pool::pin_session(const call_limits& limits, const source_location& where) {
    const pooled_connection acquired = acquire(limits, where);
    return pg::session_access::pin(*acquired);
}

pool_stat pool::stat() const {
    return implementation_->stat();
}

void pool::count_occ_retry(const retry_event& event) noexcept {
    implementation_->count_occ_retry(event);
}

void pool::close() noexcept {
    const std::shared_ptr<implementation> keep = implementation_;
    keep->close();
}

int pool::close(milliseconds timeout) noexcept {
    const auto until = pg::deadline(std::max(timeout, milliseconds(0)));
    const std::shared_ptr<implementation> keep = implementation_;
    keep->close();
    return keep->engine().wait_until_returned(*until.left());
}

}  // namespace dsql
