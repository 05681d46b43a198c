// SPDX-License-Identifier: Apache-2.0
#include <dsql/async_job.hpp>
#include <dsql/connection.hpp>
#include <dsql/pool.hpp>
#include <dsql/retry.hpp>

#include "base/backoff.hpp"
#include "pg/sql/leading_keywords.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql {

namespace {

using clock = call_limits::clock;
using namespace std::chrono_literals;

constexpr auto first_pause = 50ms;
constexpr auto longest_pause = 2'000ms;
constexpr auto time_for_a_look = 1'000ms;

// The casts to text make the query independent of the types of the columns.
constexpr std::string_view job_query =
    "SELECT job_id::text, status::text, details::text, job_type::text, object_name::text "
    "FROM sys.jobs WHERE job_id::text = $1";

void require_async_index(std::string_view statement) {
    std::vector<std::string> words = detail::leading_keywords(statement, 4);
    std::erase(words, "UNIQUE");
    words.resize(3);
    if (words != std::vector<std::string>{"CREATE", "INDEX", "ASYNC"}) {
        throw config_error(
            "create_index_async: the statement does not begin with CREATE [UNIQUE] INDEX ASYNC");
    }
}

template <class Target>
std::string create(Target& used, const sql_text& statement, const call_limits& limits) {
    require_async_index(statement.text());
    const result answer = query_with_retry(used, {limits, retry_policy::patient()}, statement);
    return answer.empty() ? std::string()
                          : answer[0][0].template as<std::optional<std::string>>().value_or("");
}

template <class Target>
async_job look_up(Target& used, const std::string& id, const call_limits& limits,
                  source_location where) {
    using text = std::optional<std::string>;
    // The query only reads, so every transient error is retried.
    detail::retry_loop loop({.unavailable = true, .lost_connections = true}, limits,
                            retry_policy::patient(), detail::retry_observer_of(used));
    const auto found = loop.run([&] {
        return used.template query<std::string, text, text, text, text>(
            limits, sql_text(job_query, where), id);
    });
    if (found.empty()) {
        throw job_failed_error(
            {.id = id, .status = "unknown", .details = "sys.jobs has no such job"});
    }
    const auto [number, status, details, type, object] = found[0];
    return {.id = number,
            .status = status.value_or(""),
            .details = details.value_or(""),
            .type = type.value_or(""),
            .object_name = object.value_or("")};
}

[[noreturn]] void throw_late(const async_job& job, clock::time_point started) {
    const auto waited = std::chrono::floor<std::chrono::milliseconds>(clock::now() - started);
    throw timeout_error("wait_for_job: job " + job.id + " is " + job.status + " after " +
                        std::to_string(waited.count()) + " ms, and goes on");
}

// Looks the job up. When `limits` end that, reports the last known state of the job.
template <class Target>
async_job look_in_time(Target& used, const async_job& known, const call_limits& limits,
                       clock::time_point started, source_location where) {
    try {
        return look_up(used, known.id, limits, where);
    } catch (const timeout_error&) {
        throw_late(known, started);
    }
}

// Extends the deadline so that the job is looked up at least once.
call_limits limits_of_first_look(const call_limits& limits) {
    if (!limits.deadline()) {
        return limits;
    }
    const call_limits extended(std::max(*limits.deadline(), clock::now() + time_for_a_look),
                               limits.stop());
    return limits.may_retry() ? extended : extended.without_retry();
}

bool is_over(const async_job& job) {
    if (job.is_failed()) {
        throw job_failed_error(job);
    }
    return job.is_completed();
}

void wait_for_next_look(clock::time_point next, const std::stop_token& stop, const async_job& job) {
    if (!detail::interruptible_sleep_until(next, stop)) {
        throw cancelled_error("wait_for_job: a stop was requested; job " + job.id + " goes on");
    }
}

template <class Target>
async_job wait(Target& used, const std::string& id, const call_limits& limits,
               const job_progress& progress, source_location where) {
    if (id.empty()) {
        return {.status = "completed"};
    }
    const clock::time_point started = clock::now();
    const clock::time_point until = limits.deadline().value_or(clock::time_point::max());
    call_limits look_limits = limits_of_first_look(limits);
    async_job known{.id = id, .status = "in an unknown state"};
    std::chrono::milliseconds pause = first_pause;
    while (true) {
        async_job now = look_in_time(used, known, look_limits, started, where);
        if (progress && (now.status != known.status || now.details != known.details)) {
            progress(now);
        }
        if (is_over(now)) {
            return now;
        }
        known = std::move(now);
        if (clock::now() >= until) {
            throw_late(known, started);
        }
        wait_for_next_look(std::min(clock::now() + pause, until), limits.stop(), known);
        pause = std::min<std::chrono::milliseconds>(pause * 2, longest_pause);
        look_limits = limits;
    }
}

std::string describe(const async_job& job) {
    std::string text = "job " + job.id;
    if (!job.type.empty()) {
        text += " (" + job.type + (job.object_name.empty() ? "" : " of " + job.object_name) + ")";
    }
    text += (job.status == "failed" ? " has " : " is ") + job.status;
    return job.details.empty() ? text : text + ": " + job.details;
}

}  // namespace

job_failed_error::job_failed_error(async_job job) : error(describe(job)), job_(std::move(job)) {}

std::string create_index_async(connection& used, sql_text statement, const call_limits& limits) {
    return create(used, statement, limits);
}
std::string create_index_async(pool& used, sql_text statement, const call_limits& limits) {
    return create(used, statement, limits);
}

async_job wait_for_job(connection& used, const std::string& id, const call_limits& limits,
                       const job_progress& progress, source_location where) {
    return wait(used, id, limits, progress, where);
}
async_job wait_for_job(pool& used, const std::string& id, const call_limits& limits,
                       const job_progress& progress, source_location where) {
    return wait(used, id, limits, progress, where);
}

}  // namespace dsql
