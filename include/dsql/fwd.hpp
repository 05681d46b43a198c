// SPDX-License-Identifier: Apache-2.0
// Declares the classes of this library without defining them, for headers of your own that only
// name them. Costs a compiler next to nothing.
#pragma once

#include <dsql/export.hpp>

namespace dsql {

struct acquire_event;
struct assume_role_options;
struct async_job;
class batch;
class batch_error;
class batch_results;
struct binary_value;
class byte_writer;
class call_limits;
class cancelled_error;
struct chunk_limits;
struct column_description;
class commit_unknown_error;
struct config;
class config_error;
struct connect_event;
struct connect_settings;
class connection;
struct connection_cause;
class connection_error;
class conversion_error;
struct copy_target;
class copy_writer;
struct credentials;
struct credentials_attempt;
class credentials_error;
class credentials_provider;
struct credentials_refresh_event;
class decimal;
struct dpu_estimate;
struct endpoint;
class error;
struct failover_endpoint;
class field;
struct idempotency_ledger;
struct interval;
class job_failed_error;
struct leak_report;
class limit_exceeded_error;
struct no_retry_t;
class no_rows_error;
class observer;
class occ_conflict;
class owned_field;
class owned_row;
class parameters;
class pool;
class pool_closed_error;
class pool_exhausted_error;
struct pool_options;
struct pool_stat;
class pooled_connection;
class pooled_transaction;
struct profile_options;
struct query_end_event;
struct query_event;
struct release_event;
class result;
class retries_exhausted;
struct retry_event;
struct retry_options;
struct retry_policy;
class retrying_pool;
class row;
class secret_string;
class server_error;
struct server_error_fields;
struct session_options;
class source_location;
class sql_text;
class statement;
struct time_with_time_zone;
class timeout_error;
class token_generator;
class too_many_rows_error;
class transaction;
struct transaction_options;
class transaction_rolled_back_error;
class uuid;
struct within;

template <class Self>
class bulk_functions;
template <class T>
struct by_position;
template <class T, class Base>
struct codec_through;
template <class... Ts>
class copy_rows;
template <class T>
struct lax;
template <class Self>
class query_functions;
template <class... Ts>
class row_stream;
template <class... Ts>
class rows;

}  // namespace dsql
