// SPDX-License-Identifier: Apache-2.0
// Streams and COPYs of a session, as operations in steps.
#include <dsql/bulk_operation.hpp>

#include "pg/bulk/copy_in_session.hpp"
#include "pg/bulk/copy_out_session.hpp"
#include "pg/bulk/start_copy.hpp"
#include "pg/bulk/stream_reader.hpp"
#include "pg/io/call_control.hpp"
#include "pg/io/task.hpp"
#include "pg/session/bound_statement.hpp"
#include "pg/session/limited_call.hpp"
#include "pg/session/stateful_operation.hpp"

#include <libpq-fe.h>

#include <memory>
#include <utility>

namespace dsql {

namespace pg {

namespace {

using detail::session_pin;

// --- what begins one

template <class Argument>
struct opening_state {
    session_pin pin;
    call_limits within;
    Argument argument;
    source_location where{};

    [[nodiscard]] const call_limits& limits() const noexcept { return within; }
    [[nodiscard]] pg::session* session() const noexcept { return pin ? &*pin : nullptr; }
    void release() noexcept { pin.reset(); }
};

task<detail::chunk_source> open_stream(opening_state<detail::owned_statement>& of,
                                       const call_control& control) {
    const sql_text sql = of.argument->sql();
    const bound_statement values(*of.argument, of.pin->frames());
    limited_call<std::unique_ptr<stream_reader>> call(
        *of.pin, begin_stream(of.pin, of.within, sql, values.view()), of.within, control, true);
    co_await call;
    co_return detail::chunk_source(call.take());
}

task<copy_buffer> open_copy_in(opening_state<copy_target>& of, const call_control& control) {
    limited_call<std::unique_ptr<copy_in_session>> call(
        *of.pin, start_copy_in_of_rows(of.pin, of.within, of.argument, of.where), of.within,
        control, true);
    co_await call;
    co_return copy_buffer(call.take());
}

task<copy_buffer> open_copy_in_of_data(opening_state<detail::owned_statement>& of,
                                       const call_control& control) {
    const sql_text sql = of.argument->sql();
    limited_call<std::unique_ptr<copy_in_session>> call(
        *of.pin, start_copy_in(of.pin, of.within, sql), of.within, control, true);
    co_await call;
    co_return copy_buffer(call.take());
}

task<detail::copy_source> open_copy_out(opening_state<copy_target>& of,
                                        const call_control& control) {
    limited_call<std::unique_ptr<copy_out_session>> call(
        *of.pin, start_copy_out_of_rows(of.pin, of.within, of.argument, of.where), of.within,
        control, true);
    co_await call;
    std::unique_ptr<copy_out_session> opened = call.take();
    opened->leave_at_once();
    co_return detail::copy_source(std::move(opened));
}

template <class T, class Argument>
dsql::operation<T> open(session_pin on, const call_limits& limits, Argument argument,
                        source_location where,
                        task<T> (*run)(opening_state<Argument>&, const call_control&)) {
    return make_operation<T>(
        opening_state<Argument>{std::move(on), limits, std::move(argument), where}, run);
}

// --- what goes on with one

// `Bulk` is a stream_reader, a copy_in_session or a copy_out_session. The pin keeps the session,
// which owns the memory of the task, beyond the end of the stream or COPY.
template <class Bulk>
struct part_state {
    explicit part_state(Bulk& part_of) : of(&part_of), within(part_of.limits()) {
        if (of->is_active()) {
            pin = of->pin();
        }
    }

    Bulk* of;
    call_limits within;
    session_pin pin{};

    [[nodiscard]] const call_limits& limits() const noexcept { return within; }
    [[nodiscard]] pg::session* session() const noexcept { return pin ? &*pin : nullptr; }
    void release() noexcept { pin.reset(); }
};

template <class T, class Bulk>
dsql::operation<T> go_on(Bulk& with, task<T> (*run)(part_state<Bulk>&, const call_control&)) {
    return make_operation<T>(part_state<Bulk>(with), run);
}

task<bool> next_chunk(part_state<stream_reader>& state, const call_control& control) {
    stream_reader& of = *state.of;
    if (state.pin && !of.take_arrived()) {
        limited_call<void> call(*state.pin, of.fetch(), state.within, control, true);
        co_await call;
        call.take();
    }
    co_return PQntuples(of.current()) != 0;
}

task<void> close_stream(part_state<stream_reader>& state, const call_control& control) {
    if (state.pin) {
        limited_call<void> call(*state.pin, state.of->close(), state.within, control, true);
        co_await call;
        call.take();
    }
}

task<bool> next_pieces(part_state<copy_out_session>& state, const call_control& control) {
    if (!state.pin) {
        co_return false;
    }
    limited_call<bool> call(*state.pin, state.of->fetch(), state.within, control, true);
    co_await call;
    co_return call.take();
}

task<void> send(part_state<copy_in_session>& state, const call_control& control) {
    if (!state.pin) {
        co_await state.of->send();  // throws: it is over
        co_return;
    }
    limited_call<void> call(*state.pin, state.of->send(), state.within, control, true);
    co_await call;
    call.take();
}

task<std::int64_t> finish(part_state<copy_in_session>& state, const call_control& control) {
    if (!state.pin) {
        co_return co_await state.of->finish();  // throws: it is over
    }
    const detail::statement_origin& origin = state.of->origin();
    state.pin->require_in_time(state.within, sql_text(origin.sql, origin.where),
                               "the COPY's end was sent; nothing is copied");
    limited_call<std::int64_t> call(*state.pin, state.of->finish(), state.within, control, true);
    co_await call;
    co_return call.take();
}

}  // namespace

}  // namespace pg

namespace detail {

operation<chunk_source> start_stream(session_pin on, const call_limits& limits,
                                     owned_statement sql) {
    return pg::open(std::move(on), limits, std::move(sql), {}, &pg::open_stream);
}

operation<copy_buffer> start_copy_in(session_pin on, const call_limits& limits, copy_target target,
                                     source_location where) {
    return pg::open(std::move(on), limits, std::move(target), where, &pg::open_copy_in);
}

operation<copy_buffer> start_copy_in(session_pin on, const call_limits& limits,
                                     owned_statement sql) {
    return pg::open(std::move(on), limits, std::move(sql), {}, &pg::open_copy_in_of_data);
}

operation<copy_source> start_copy_out(session_pin on, const call_limits& limits, copy_target target,
                                      source_location where) {
    return pg::open(std::move(on), limits, std::move(target), where, &pg::open_copy_out);
}

operation<bool> start_next(chunk_source& of) {
    return pg::go_on(of.reader(), &pg::next_chunk);
}

operation<void> start_close(chunk_source& of) {
    return pg::go_on(of.reader(), &pg::close_stream);
}

operation<bool> start_next(copy_source& of) {
    return pg::go_on(of.session(), &pg::next_pieces);
}

}  // namespace detail

copy_buffer::copy_buffer() noexcept = default;
copy_buffer::copy_buffer(std::unique_ptr<pg::copy_in_session> begun) noexcept
    : session_(std::move(begun)) {
    session_->leave_at_once();
}
copy_buffer::copy_buffer(copy_buffer&&) noexcept = default;
copy_buffer& copy_buffer::operator=(copy_buffer&&) noexcept = default;
copy_buffer::~copy_buffer() = default;

pg::copy_in_session& copy_buffer::session() const {
    if (session_ == nullptr) {
        throw error("the COPY did not begin, or was moved from");
    }
    return *session_;
}
detail::copy_row_writer& copy_buffer::row_writer() const {
    return session().rows();
}
const detail::statement_origin* copy_buffer::origin() const noexcept {
    return session_ == nullptr ? nullptr : &session_->origin();
}
void copy_buffer::append(std::string_view data) {
    session().append(data);
}
bool copy_buffer::is_full() const noexcept {
    return session_ != nullptr && session_->is_full();
}
operation<void> copy_buffer::start_send() {
    return pg::go_on(session(), &pg::send);
}
operation<std::int64_t> copy_buffer::start_finish() {
    return pg::go_on(session(), &pg::finish);
}

}  // namespace dsql
