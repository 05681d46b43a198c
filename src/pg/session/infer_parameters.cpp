// SPDX-License-Identifier: Apache-2.0
#include "pg/session/infer_parameters.hpp"

#include <dsql/codecs/text.hpp>
#include <dsql/detail/fitted_arguments.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/detail/value_fitting.hpp>

#include "errors/statement_context.hpp"
#include "pg/error_report.hpp"
#include "pg/exchange/batch_reader.hpp"
#include "pg/exchange/pipeline_operation.hpp"
#include "pg/session/session.hpp"
#include "pg/sql/parameter_places.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace dsql::pg {

// These two types are not in an unnamed namespace, because they are used in a coroutine. In a unity
// build, g++ would warn that the type of the coroutine's frame uses that namespace
// (-Wsubobject-linkage).

// A statement whose parameter types the server is asked for.
struct parameter_question {
    std::size_t statement = 0;  // its index in the call
    statement_key about{};
    std::vector<oid> types{};               // unspecified if the server is asked
    std::vector<parameter_place> places{};  // of the parameters

    // Limits the question to parameters that are stored. Returns false if it is already limited.
    bool ask_less() {
        bool asked_more = false;
        for (std::size_t i = 0; i < types.size(); ++i) {
            if (types[i] != about.types[i] && places[i] != parameter_place::stored) {
                types[i] = about.types[i];
                asked_more = true;
            }
        }
        return asked_more;
    }
};

// Supplies two commands for each question: prepare the unnamed statement, and describe it.
class parameter_question_source final : public command_source {
public:
    explicit parameter_question_source(std::span<const parameter_question> questions) noexcept
        : questions_(questions) {}

    [[nodiscard]] bool next(pipeline_command& command) override {
        const std::size_t index = given_ / 2;
        if (index == questions_.size()) {
            return false;
        }
        command = {.what = pipeline_command::kind::describe,
                   .statement = questions_[index].statement};
        if (given_++ % 2 == 0) {
            const parameter_question& asked = questions_[index];
            scratch_ = asked.about.sql;
            command.what = pipeline_command::kind::prepare;
            command.sql = scratch_.c_str();
            command.values.count = static_cast<int>(asked.types.size());
            command.values.types = asked.types.data();
        }
        return true;
    }

private:
    std::span<const parameter_question> questions_;
    std::size_t given_ = 0;
    std::string scratch_{};  // a statement's text, zero-terminated
};

namespace {

bool is_floating_point(oid type) noexcept {
    return type == oids::float4 || type == oids::float8 || type == oids::float4_array ||
           type == oids::float8_array;
}

bool is_date_or_time(oid type) noexcept {
    switch (element_type(type) == oids::unspecified ? type : element_type(type)) {
        case oids::date:
        case oids::time:
        case oids::timetz:
        case oids::timestamp:
        case oids::timestamptz:
            return true;
        default:
            return false;
    }
}

std::string_view sqlstate_of(const result& failure) noexcept {
    const char* const state = PQresultErrorField(failure.native_handle(), PG_DIAG_SQLSTATE);
    return state == nullptr ? std::string_view() : state;
}

// Whether a statement that cannot be prepared with inferred types may be valid with its declared
// types. Class 42 contains the errors about a statement's text and types. 42P08 is a parameter that
// would have two types; with its declared type, one of the values would be stored with loss.
// Source: PostgreSQL, "Error Codes".
bool may_be_right_as_declared(const result& failure) noexcept {
    const std::string_view state = sqlstate_of(failure);
    return state.starts_with("42") && state != "42P08";
}

bool has_lossy_casts(std::span<const oid> types) noexcept {
    return std::any_of(types.begin(), types.end(), &detail::has_lossy_casts);
}

// Whether the server may be asked for the type of a parameter. Floating-point numbers lose digits
// only when they are stored; in a statement that only reads, floating-point arithmetic is intended.
// A date or time is converted with the session's time zone in comparisons too.
bool may_ask_about(oid declared, parameter_place place, const statement_traits& traits) {
    if (is_floating_point(declared)) {
        return traits.may_write &&
               (place == parameter_place::stored || place == parameter_place::computed);
    }
    return place == parameter_place::stored ||
           (place == parameter_place::compared && is_date_or_time(declared));
}

// Returns what to ask the server about a statement, or none if there is nothing to ask.
std::optional<parameter_question> question_about(const statement_key& key,
                                                 const statement_traits& traits) {
    if (!traits.is_plannable || !has_lossy_casts(key.types)) {
        return std::nullopt;
    }
    parameter_question asked{.about = key,
                             .types = std::vector<oid>(key.types.begin(), key.types.end()),
                             .places = parameter_places(key.sql, key.types.size())};
    bool asks = false;
    for (std::size_t i = 0; i < asked.types.size(); ++i) {
        const bool may_ask = may_ask_about(asked.types[i], asked.places[i], traits);
        if (may_ask && detail::has_lossy_casts(asked.types[i])) {
            asked.types[i] = oids::unspecified;
            asks = true;
        }
    }
    return asks ? std::optional(std::move(asked)) : std::nullopt;
}

void require_unchanged(bool may_have_changed, const sql_text& sql) {
    if (may_have_changed) {
        throw error(
            "a statement before this one in the batch changes the schema or the search path, so "
            "that "
            "the types of its parameters cannot be known; nothing was sent: run it after that "
            "batch" +
            detail::statement_context(sql.text(), sql.where()));
    }
}

// Returns the questions about all statements that are not prepared yet. Throws `error` if such a
// statement follows a change of the schema in the same call, because the server can only answer for
// the schema before the change.
std::vector<parameter_question> questions_about(statement_list& statements,
                                                statement_cache& prepared) {
    std::vector<parameter_question> questions;
    bool may_have_changed = false;
    for (std::size_t i = 0; i < statements.size(); ++i) {
        const sql_text sql = statements.sql(i);
        const statement_key key{sql.text(), statements.values(i).parameter_types()};
        const bool is_repeated = !questions.empty() && questions.back().about == key;
        if (has_lossy_casts(key.types) && !is_repeated && sql.prepared() == nullptr &&
            (may_have_changed || prepared.find(key.sql, key.types) == nullptr)) {
            if (auto asked = question_about(key, statements.traits(i))) {
                require_unchanged(may_have_changed, sql);
                asked->statement = i;
                questions.push_back(*std::move(asked));
            }
        } else if (sql.prepared() != nullptr && !key.types.empty()) {
            require_unchanged(may_have_changed, sql);
        }
        const statement_traits& traits = statements.traits(i);
        may_have_changed |= traits.may_outdate_statements();
    }
    return questions;
}

// Whether the type that the server described for a place applies to the value. It always applies to
// a stored value. It does not apply where text is described, because only text is compared with
// text. In a computation it applies only if it changes the type: a floating-point number with an
// integer is computed in floating point, as intended.
bool fits_at(parameter_place place, oid declared, oid described) {
    if (place == parameter_place::stored) {
        return true;
    }
    return !detail::is_plain_text(described) && !detail::is_plain_text(element_type(described)) &&
           (place != parameter_place::computed ||
            detail::settled_type(declared, described) != declared);
}

// Returns a type for each parameter: the described type if a value has to be fitted to it,
// otherwise the declared type. Returns nothing if no value has to be fitted.
std::vector<oid> inferred_types(const parameter_question& asked, std::span<const oid> described) {
    std::vector<oid> types(asked.about.types.begin(), asked.about.types.end());
    bool fits_as_it_is = true;
    for (std::size_t i = 0; i < types.size() && i < described.size(); ++i) {
        const bool matters = fits_at(asked.places[i], types[i], described[i]);
        if (asked.types[i] != types[i] && matters &&
            detail::needs_fitting(types[i], described[i])) {
            types[i] = described[i];
            fits_as_it_is = false;
        }
    }
    return fits_as_it_is ? std::vector<oid>() : types;
}

// Throws `conversion_error` if a value does not fit. Called before a statement is sent, so that no
// part of a batch runs.
void check_values(statement_list& statements, statement_cache& prepared,
                  const inferred_parameters& inferred) {
    for (std::size_t i = 0; i < statements.size(); ++i) {
        const detail::argument_view values = statements.values(i);
        const sql_text sql = statements.sql(i);
        if (!has_lossy_casts(values.parameter_types()) || sql.prepared() != nullptr) {
            continue;
        }
        const auto* const kept = prepared.find(sql.text(), values.parameter_types());
        const std::vector<oid>* const types =
            kept != nullptr ? &kept->inferred : inferred.find(sql.text(), values.parameter_types());
        if (types != nullptr && !types->empty()) {
            detail::naming_statement(sql, [&] {
                const detail::fitted_arguments checked(values, *types,
                                                       detail::standing_types::inferred);
            });
        }
    }
}

}  // namespace

// Asks all questions in one pipeline. The server skips everything after a statement that it cannot
// prepare, so those questions are asked again.
task<inferred_parameters> session::infer(statement_list& statements) {
    inferred_parameters inferred;
    std::vector<parameter_question> questions = questions_about(statements, prepared_.cache());
    std::span<parameter_question> open(questions);
    while (!open.empty()) {
        const sql_text first = statements.sql(open.front().statement);
        prepare_to_send(first);
        parameter_question_source source(open);
        pipeline_operation pipeline(handle_.get(), source);
        in_pipeline_ = true;
        co_await pipeline;
        const bool up = pipeline.finish();
        in_pipeline_ = !up;
        for (const result& description : pipeline.results()) {
            const parameter_question& asked = open.front();
            std::vector<oid> described = described_parameter_types(description.native_handle());
            const bool may_ask = up && !(pipeline.failure() && is_in_transaction());
            for (oid& type : described) {
                if (may_ask && type >= oids::first_user_defined) {
                    type = co_await find_base_type(type, first);
                }
            }
            inferred.put(asked.about, inferred_types(asked, described));
            open = open.subspan(1);
        }
        if (pipeline.failure() && may_be_right_as_declared(*pipeline.failure()) &&
            !is_in_transaction() && !open.empty()) {
            if (!open.front().ask_less()) {
                open = open.subspan(1);
            }
        } else if (pipeline.failure()) {
            throw_failed_statement(*pipeline.failure(), statements,
                                   open.empty() ? 0 : open.front().statement, first);
        } else if (!up) {
            throw_connection_lost(handle_.get(), first);
        }
    }
    check_values(statements, prepared_.cache(), inferred);
    co_return inferred;
}

task<oid> session::find_base_type(oid type, const sql_text& sql) {
    while (type >= oids::first_user_defined) {
        const std::string query =
            "SELECT typbasetype FROM pg_catalog.pg_type WHERE typtype = 'd' AND oid = " +
            std::to_string(type);
        const sql_text asking(query, sql.where());
        prepare_to_send(asking);
        send_unnamed(asking, {});
        const result found = co_await reply(asking);
        if (found.empty()) {
            break;
        }
        type = found.value<oid>();
    }
    co_return type;
}

task<std::vector<oid>> session::base_types(std::vector<oid> types, const sql_text& sql) {
    try {
        for (oid& type : types) {
            if (type >= oids::first_user_defined) {
                type = co_await find_base_type(type, sql);
            }
        }
    } catch (...) {
        rethrow_failure(sql);
    }
    co_return types;
}

}  // namespace dsql::pg
