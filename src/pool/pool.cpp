// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/pool.hpp>

#include "pg/exchange/batch_reader.hpp"
#include "pg/session/session_access.hpp"
#include "pool/pool_implementation.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace dsql {

namespace {

using detail::connection_slot;
using detail::unclaimed_slots;
using std::chrono::milliseconds;

}  // namespace

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
    implementation_->warm_up(connections, *pg::deadline(timeout).at());
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
