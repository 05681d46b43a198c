// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/bulk_operation.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/copy.hpp>
#include <dsql/source_location.hpp>

#include "pg/bulk/copy_in_session.hpp"
#include "pg/bulk/copy_out_session.hpp"
#include "pg/bulk/start_copy.hpp"
#include "pg/bulk/stream_reader.hpp"
#include "pg/io/task.hpp"
#include "pg/session/limited_call.hpp"
#include "pg/session/session_calls.hpp"

#include <memory>
#include <utility>

namespace dsql::pg {

// What begins a stream or a COPY, see session_calls.hpp. When it is left early, the connection is
// closed at once.

struct stream_call : call_with_statement {
    static constexpr bool is_part = true;
    using call_with_statement::call_with_statement;
    using task_result = std::unique_ptr<stream_reader>;

    task<task_result> start(session& on, const auto& pin, const call_limits& limits) {
        values = bound_statement(*of, on.frames());
        return begin_stream(pin(), limits, of->sql(), values.view());
    }
    static detail::chunk_source finish(limited_call<task_result>& ended) {
        return detail::chunk_source(ended.take());
    }
};

struct copy_in_call : session_call {
    static constexpr bool is_part = true;
    using task_result = std::unique_ptr<copy_in_session>;
    copy_in_call(copy_target to, const source_location& at) : target(std::move(to)), begun_at(at) {}

    [[nodiscard]] const source_location& where() const noexcept { return begun_at; }
    task<task_result> start(session&, const auto& pin, const call_limits& limits) const {
        return start_copy_in_of_rows(pin(), limits, target, begun_at);
    }
    static copy_buffer finish(limited_call<task_result>& ended) {
        return copy_buffer(ended.take());
    }

    copy_target target;
    source_location begun_at;
};

struct copy_in_of_data_call : call_with_statement {
    static constexpr bool is_part = true;
    using call_with_statement::call_with_statement;
    using task_result = std::unique_ptr<copy_in_session>;

    task<task_result> start(session&, const auto& pin, const call_limits& limits) {
        return start_copy_in(pin(), limits, of->sql());
    }
    static copy_buffer finish(limited_call<task_result>& ended) {
        return copy_buffer(ended.take());
    }
};

struct copy_out_call : session_call {
    static constexpr bool is_part = true;
    using task_result = std::unique_ptr<copy_out_session>;
    copy_out_call(copy_target from, const source_location& at)
        : target(std::move(from)), begun_at(at) {}

    [[nodiscard]] const source_location& where() const noexcept { return begun_at; }
    task<task_result> start(session&, const auto& pin, const call_limits& limits) const {
        return start_copy_out_of_rows(pin(), limits, target, begun_at);
    }
    static detail::copy_source finish(limited_call<task_result>& ended) {
        task_result opened = ended.take();
        opened->leave_at_once();
        return detail::copy_source(std::move(opened));
    }

    copy_target target;
    source_location begun_at;
};

}  // namespace dsql::pg
