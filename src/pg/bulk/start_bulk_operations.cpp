// SPDX-License-Identifier: Apache-2.0
// Streams and COPYs of a session, as operations in steps.
#include <dsql/bulk_operation.hpp>

#include "pg/bulk/bulk_calls.hpp"
#include "pg/bulk/copy_in_session.hpp"
#include "pg/bulk/copy_out_session.hpp"
#include "pg/bulk/stream_reader.hpp"
#include "pg/io/task.hpp"
#include "pg/session/limited_call.hpp"
#include "pg/session/session_operation.hpp"

#include <libpq-fe.h>

#include <memory>
#include <utility>

namespace dsql {

namespace pg {

namespace {

// What goes on with a stream or a COPY. `Bulk` is a stream_reader, a copy_in_session or a
// copy_out_session.
template <class Bulk>
struct call_on : session_call {
    static constexpr bool is_part = true;
    static constexpr bool goes_on = true;
    explicit call_on(Bulk& with) : of(&with) {}

    /// Whether there is nothing to wait for, although the stream or COPY is not over.
    [[nodiscard]] static bool has_arrived() noexcept { return false; }

    Bulk* of;
};

struct next_chunk_call : call_on<stream_reader> {
    using call_on::call_on;
    using task_result = void;

    [[nodiscard]] bool has_arrived() const { return of->take_arrived(); }
    [[nodiscard]] bool at_once() const { return PQntuples(of->current()) != 0; }
    task<void> start(session&, const auto& /*pin*/, const call_limits&) const {
        return of->fetch();
    }
    [[nodiscard]] bool finish(limited_call<void>& ended) const {
        ended.take();
        return at_once();
    }
};

struct close_stream_call : call_on<stream_reader> {
    using call_on::call_on;
    using task_result = void;

    static void at_once() noexcept {}
    task<void> start(session&, const auto& /*pin*/, const call_limits&) const {
        return of->close();
    }
    static void finish(limited_call<void>& ended) { ended.take(); }
};

struct next_pieces_call : call_on<copy_out_session> {
    using call_on::call_on;
    using task_result = bool;

    static bool at_once() noexcept { return false; }
    task<bool> start(session&, const auto& /*pin*/, const call_limits&) const {
        return of->fetch();
    }
    static bool finish(limited_call<bool>& ended) { return ended.take(); }
};

struct send_call : call_on<copy_in_session> {
    using call_on::call_on;
    using task_result = void;

    void at_once() const { of->require_active(); }
    task<void> start(session&, const auto& /*pin*/, const call_limits&) const { return of->send(); }
    static void finish(limited_call<void>& ended) { ended.take(); }
};

struct finish_call : call_on<copy_in_session> {
    using call_on::call_on;
    using task_result = std::int64_t;

    [[nodiscard]] std::int64_t at_once() const {
        of->require_active();
        return 0;
    }
    task<std::int64_t> start(session& on, const auto& /*pin*/, const call_limits& limits) const {
        const detail::statement_origin& origin = of->origin();
        try {
            on.require_in_time(limits, sql_text(origin.sql, origin.where),
                               "the COPY's end was sent; nothing is copied");
        } catch (...) {
            of->abort();
            throw;
        }
        return of->finish();
    }
    static std::int64_t finish(limited_call<std::int64_t>& ended) { return ended.take(); }
};

// The pin keeps the session, which owns the memory of the task, beyond the end of the stream or
// COPY.
template <class T, class Call>
dsql::operation<T> go_on(Call call) {
    auto& with = *call.of;
    detail::session_pin pin = with.is_active() ? with.pin() : detail::session_pin();
    return make_session_operation<T>(std::move(pin), with.limits(), call);
}

}  // namespace

}  // namespace pg

namespace detail {

operation<chunk_source> start_stream(session_pin on, const call_limits& limits,
                                     owned_statement sql) {
    return pg::make_session_operation<chunk_source>(std::move(on), limits,
                                                    pg::stream_call(std::move(sql)));
}

operation<copy_buffer> start_copy_in(session_pin on, const call_limits& limits, copy_target target,
                                     source_location where) {
    return pg::make_session_operation<copy_buffer>(std::move(on), limits,
                                                   pg::copy_in_call(std::move(target), where));
}

operation<copy_buffer> start_copy_in(session_pin on, const call_limits& limits,
                                     owned_statement sql) {
    return pg::make_session_operation<copy_buffer>(std::move(on), limits,
                                                   pg::copy_in_of_data_call(std::move(sql)));
}

operation<copy_source> start_copy_out(session_pin on, const call_limits& limits, copy_target target,
                                      source_location where) {
    return pg::make_session_operation<copy_source>(std::move(on), limits,
                                                   pg::copy_out_call(std::move(target), where));
}

operation<bool> start_next(chunk_source& of) {
    return pg::go_on<bool>(pg::next_chunk_call(of.reader()));
}

operation<void> start_close(chunk_source& of) {
    return pg::go_on<void>(pg::close_stream_call(of.reader()));
}

operation<bool> start_next(copy_source& of) {
    return pg::go_on<bool>(pg::next_pieces_call(of.session()));
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
    return pg::go_on<void>(pg::send_call(session()));
}
operation<std::int64_t> copy_buffer::start_finish() {
    return pg::go_on<std::int64_t>(pg::finish_call(session()));
}

}  // namespace dsql
