// SPDX-License-Identifier: Apache-2.0
#include "pool/pool_implementation.hpp"

#include "errors/classify_connect_error.hpp"
#include "errors/value_free_error.hpp"
#include "pg/session/limited_statements.hpp"
#include "pool/pool_slot.hpp"

#include <exception>
#include <string>
#include <utility>

namespace dsql {

namespace {

using detail::connection_factory;
using detail::connection_pool_engine;
using detail::connection_slot;
using detail::hook_scope;
using detail::unclaimed_slots;
using std::chrono::milliseconds;

// Reports a failed connect. The exception is being handled; a hook of the program may have thrown
// it, with values of its statements.
void report_failed_connect(observer& watcher, retry_event event) {
    try {
        if (const std::exception_ptr thrown = std::current_exception()) {
            std::rethrow_exception(thrown);
        }
        watcher.retrying(event);
    } catch (const std::exception& failure) {
        const detail::value_free_error shown(failure);
        event.reason = shown.get().what();
        watcher.retrying(event);
    } catch (...) {
        watcher.retrying(event);
    }
}

// The functions share ownership with the engine, which may outlive the pool.
connection_pool_engine::factory engine_factory(
    const std::shared_ptr<connection_factory>& connections,
    const std::shared_ptr<observer>& watcher) {
    connection_pool_engine::factory made{
        .make = [connections](const std::stop_token& stop,
                              bool& in_hook) { return connections->make(stop, in_hook); },
        .is_transient = &detail::is_retried_by_pool};
    if (watcher) {
        made.retrying = [watcher](const retry_event& event) {
            report_failed_connect(*watcher, event);
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

pool::implementation::implementation(const config& settings, const pool_options& options,
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

void pool::implementation::warm_up(int connections, std::chrono::steady_clock::time_point until) {
    if (connections < 0 || connections > max_connections_) {
        throw config_error("warm_up: " + std::to_string(connections) +
                           " connections; it must be from 0 to max_connections, which is " +
                           std::to_string(max_connections_));
    }
    engine_->warm_up(connections, until);
}

bool pool::implementation::passes_ping(connection_slot& entry, const call_limits& limits) const {
    if (!is_ping_due(entry)) {
        return true;
    }
    try {
        entry.session.ping(limits);
        return true;
    } catch (const timeout_error&) {
        throw timeout_error(detail::check_timed_out);
    } catch (const cancelled_error&) {
        throw cancelled_error(detail::check_stopped);
    } catch (const error&) {
        return false;
    }
}

prepare_action pool::implementation::call_prepare_connection(connection_slot& entry,
                                                             const call_limits& limits,
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

}  // namespace dsql
