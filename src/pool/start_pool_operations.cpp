// SPDX-License-Identifier: Apache-2.0
// What a pool does, as operations in steps: each acquires a connection, runs its call and gives the
// connection back.
#include <dsql/bulk_operation.hpp>
#include <dsql/operation.hpp>

#include "pg/bulk/copy_in_session.hpp"
#include "pg/bulk/copy_out_session.hpp"
#include "pg/bulk/start_copy.hpp"
#include "pg/bulk/stream_reader.hpp"
#include "pg/io/operation_outcome.hpp"
#include "pg/session/bound_statement.hpp"
#include "pg/session/limited_call.hpp"
#include "pg/session/session.hpp"
#include "pg/session/session_access.hpp"
#include "pg/session/transaction_calls.hpp"
#include "pool/acquire_in_steps.hpp"
#include "pool/blocking_pool_call.hpp"
#include "pool/pool_access.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace dsql::detail {

namespace {

using pg::limited_call;
using pg::session;
using pg::task;

// A call on a connection of a pool. `Call` has the call's arguments and two functions: `task<...>
// start(session&, connection&, const call_limits&)`, and `T finish(...)` for what the task returns.
// `is_part`: it is the first part of a stream or COPY, see `limited_call`. `void release()` lets go
// of what is the session's.
template <class T, class Call>
class pool_operation final : public operation_of<T> {
public:
    pool_operation(pool& on, const call_limits& limits, const source_location& where, Call call)
        : limits_(limits),
          call_(std::move(call)),
          acquiring_(std::in_place, pool_access::of(on), limits_, where, control_) {}
    ~pool_operation() override { end(); }

    wait_for step() noexcept override {
        if (!is_over_) {
            last_ = outcome_.attempt([this] { return advance(); });
            if (last_ == wait_for::done) {
                end();
            }
        }
        return last_;
    }
    [[nodiscard]] int socket() const noexcept override {
        return running_ && last_ != wait_for::done ? running_->socket() : -1;
    }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept override {
        if (acquiring_) {
            return acquiring_->step_by().at();
        }
        return running_ ? running_->step_by().at() : std::nullopt;
    }
    void cancel() noexcept override { control_.cancel(); }
    void on_wakeup(std::function<void()> wake) override {
        control_.on_wakeup(std::move(wake));
        control_.wake_on(limits_.stop());
    }
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept override {
        return running_ && connection_ && (*connection_)->is_open()
                   ? &pg::session_access::of(**connection_).attachment()
                   : nullptr;
    }
    [[nodiscard]] T take() override { return outcome_.take(); }

private:
    using running_call = limited_call<typename Call::result_type>;

    wait_for advance() {
        if (acquiring_) {
            if (acquiring_->step() != wait_for::done) {
                return wait_for::wakeup;
            }
            connection_.emplace(acquiring_->take());
            acquiring_.reset();
            session& on = pg::session_access::of(**connection_);
            running_.emplace(on, call_.start(on, **connection_, limits_), limits_, control_,
                             Call::is_part);
        }
        const wait_for what = running_->step();
        if (what == wait_for::done) {
            if constexpr (std::is_void_v<T>) {
                call_.finish(*running_);
                outcome_.keep(true);
            } else {
                outcome_.keep(call_.finish(*running_));
            }
        }
        return what;
    }
    // Gives the connection back. The call's memory is the session's.
    void end() noexcept {
        is_over_ = true;
        acquiring_.reset();
        running_.reset();
        call_.release();
        connection_.reset();
    }

    const call_limits limits_;
    Call call_;
    pg::call_control control_{};
    std::optional<acquire_in_steps> acquiring_;
    std::optional<pooled_connection> connection_{};
    std::optional<running_call> running_{};
    wait_for last_ = wait_for::wakeup;
    bool is_over_ = false;
    pg::operation_outcome<T> outcome_{};
};

template <class T, class Call>
operation<T> start(pool& on, const call_limits& limits, const source_location& where, Call call) {
    return operation<T>(
        std::make_unique<pool_operation<T, Call>>(on, limits, where, std::move(call)));
}

struct statement_call {
    static constexpr bool is_part = false;
    using result_type = result;
    owned_statement of;
    std::optional<sql_text> sql{};
    std::optional<pg::bound_statement> values{};

    task<result> start(session& on, connection&, const call_limits& limits) {
        sql.emplace(of->sql());
        values.emplace(*of, on.frames());
        return on.execute(limits, *sql, values->view());
    }
    static result finish(limited_call<result>& ended) { return ended.take(); }
    void release() noexcept { values.reset(); }
};

struct batch_call {
    static constexpr bool is_part = false;
    using result_type = std::vector<result>;
    batch statements;

    task<std::vector<result>> start(session& on, connection&, const call_limits& limits) const {
        return on.run(limits, statements);
    }
    static batch_results finish(limited_call<std::vector<result>>& ended) {
        return batch_results(ended.take());
    }
    void release() noexcept {}
};

struct begin_call {
    static constexpr bool is_part = false;
    using result_type = transaction;
    transaction_options options;
    source_location where;

    task<transaction> start(session&, connection& on, const call_limits& limits) const {
        return pg::transaction_calls::begin(pg::session_access::pin(on), limits, options, where);
    }
    static transaction finish(limited_call<transaction>& ended) { return ended.take(); }
    void release() noexcept {}
};

struct stream_call {
    static constexpr bool is_part = true;
    using result_type = std::unique_ptr<pg::stream_reader>;
    owned_statement of;
    std::optional<sql_text> sql{};
    std::optional<pg::bound_statement> values{};

    task<result_type> start(session& on_session, connection& on, const call_limits& limits) {
        sql.emplace(of->sql());
        values.emplace(*of, on_session.frames());
        return pg::begin_stream(pg::session_access::pin(on), limits, *sql, values->view());
    }
    static chunk_source finish(limited_call<result_type>& ended) {
        return chunk_source(ended.take());
    }
    void release() noexcept { values.reset(); }
};

struct copy_in_call {
    static constexpr bool is_part = true;
    using result_type = std::unique_ptr<pg::copy_in_session>;
    copy_target target;
    source_location where;

    task<result_type> start(session&, connection& on, const call_limits& limits) const {
        return pg::start_copy_in_of_rows(pg::session_access::pin(on), limits, target, where);
    }
    static copy_buffer finish(limited_call<result_type>& ended) {
        return copy_buffer(ended.take());
    }
    void release() noexcept {}
};

struct copy_in_of_data_call {
    static constexpr bool is_part = true;
    using result_type = std::unique_ptr<pg::copy_in_session>;
    owned_statement of;
    std::optional<sql_text> sql{};

    task<result_type> start(session&, connection& on, const call_limits& limits) {
        sql.emplace(of->sql());
        return pg::start_copy_in(pg::session_access::pin(on), limits, *sql);
    }
    static copy_buffer finish(limited_call<result_type>& ended) {
        return copy_buffer(ended.take());
    }
    void release() noexcept {}
};

struct copy_out_call {
    static constexpr bool is_part = true;
    using result_type = std::unique_ptr<pg::copy_out_session>;
    copy_target target;
    source_location where;

    task<result_type> start(session&, connection& on, const call_limits& limits) const {
        return pg::start_copy_out_of_rows(pg::session_access::pin(on), limits, target, where);
    }
    static copy_source finish(limited_call<result_type>& ended) {
        result_type opened = ended.take();
        opened->leave_at_once();
        return copy_source(std::move(opened));
    }
    void release() noexcept {}
};

struct ping_call {
    static constexpr bool is_part = false;
    using result_type = result;
    sql_text asking;

    task<result> start(session& on, connection&, const call_limits& limits) const {
        return on.control(limits, asking);
    }
    static void finish(limited_call<result>& ended) { static_cast<void>(ended.take()); }
    void release() noexcept {}
};

// An acquire alone.
class acquire_only final : public operation_of<pooled_connection> {
public:
    acquire_only(pool& on, const call_limits& limits, const source_location& where)
        : limits_(limits),
          acquiring_(std::in_place, pool_access::of(on), limits_, where, control_) {}

    wait_for step() noexcept override {
        if (acquiring_) {
            const wait_for what = outcome_.attempt([this] {
                const wait_for next = acquiring_->step();
                if (next == wait_for::done) {
                    outcome_.keep(acquiring_->take());
                }
                return next;
            });
            if (what == wait_for::done) {
                acquiring_.reset();
            }
            return what;
        }
        return wait_for::done;
    }
    [[nodiscard]] int socket() const noexcept override { return -1; }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept override {
        return acquiring_ ? acquiring_->step_by().at() : std::nullopt;
    }
    void cancel() noexcept override { control_.cancel(); }
    void on_wakeup(std::function<void()> wake) override {
        control_.on_wakeup(std::move(wake));
        control_.wake_on(limits_.stop());
    }
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept override {
        return nullptr;
    }
    [[nodiscard]] pooled_connection take() override { return outcome_.take(); }

private:
    const call_limits limits_;
    pg::call_control control_{};
    std::optional<acquire_in_steps> acquiring_;
    pg::operation_outcome<pooled_connection> outcome_{};
};

}  // namespace

operation<result> start_statement(pool& on, const call_limits& limits, owned_statement sql) {
    const source_location where = sql->sql().where();
    return start<result>(on, limits, where, statement_call{std::move(sql)});
}

operation<chunk_source> start_stream(pool& on, const call_limits& limits, owned_statement sql) {
    const source_location where = sql->sql().where();
    return start<chunk_source>(on, limits, where, stream_call{std::move(sql)});
}

operation<copy_buffer> start_copy_in(pool& on, const call_limits& limits, copy_target target,
                                     source_location where) {
    return start<copy_buffer>(on, limits, where, copy_in_call{std::move(target), where});
}

operation<copy_buffer> start_copy_in(pool& on, const call_limits& limits, owned_statement sql) {
    const source_location where = sql->sql().where();
    return start<copy_buffer>(on, limits, where, copy_in_of_data_call{std::move(sql)});
}

operation<copy_source> start_copy_out(pool& on, const call_limits& limits, copy_target target,
                                      source_location where) {
    return start<copy_source>(on, limits, where, copy_out_call{std::move(target), where});
}

operation<batch_results> start_batch(pool& on, const call_limits& limits, batch statements) {
    return start<batch_results>(on, limits, {}, batch_call{std::move(statements)});
}

}  // namespace dsql::detail

namespace dsql {

operation<batch_results> start_batch(pool& on, const call_limits& limits, batch statements) {
    return detail::start_batch(on, limits, std::move(statements));
}

operation<pooled_connection> start_acquire(pool& from, const call_limits& limits,
                                           source_location where) {
    return operation<pooled_connection>(
        std::make_unique<detail::acquire_only>(from, limits, where));
}

operation<transaction> start_begin(pool& on, const call_limits& limits,
                                   const transaction_options& options, source_location where) {
    return detail::start<transaction>(on, limits, where, detail::begin_call{options, where});
}

operation<void> start_warm_up(pool& on, int connections, std::chrono::milliseconds timeout) {
    return operation<void>(std::make_unique<detail::blocking_pool_call<void>>(
        on, [connections, until = std::chrono::steady_clock::now() + timeout](
                detail::pool_access::implementation& of) { of.warm_up(connections, until); }));
}

operation<int> start_close(pool& on, std::chrono::milliseconds timeout) {
    return operation<int>(std::make_unique<detail::blocking_pool_call<int>>(
        on,
        [until = pg::deadline(std::max(timeout, std::chrono::milliseconds(0)))](
            detail::pool_access::implementation& of) {
            of.close();
            return of.engine().wait_until_returned(*until.left());
        },
        [](detail::pool_access::implementation& of) {
            return of.engine().wait_until_returned(std::chrono::milliseconds(0));
        }));
}

operation<void> start_ping(pool& on, const call_limits& limits, source_location where) {
    return detail::start<void>(on, limits, where, detail::ping_call{sql_text("SELECT 1", where)});
}

}  // namespace dsql
