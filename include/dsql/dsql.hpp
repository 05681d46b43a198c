// SPDX-License-Identifier: Apache-2.0
// Everything the connector offers.
#pragma once

#include <dsql/batch.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/codec.hpp>
#include <dsql/codecs.hpp>
#include <dsql/column_names.hpp>
#include <dsql/config.hpp>
#include <dsql/connect.hpp>
#include <dsql/connection.hpp>
#include <dsql/copy.hpp>
#include <dsql/copy_rows.hpp>
#include <dsql/credentials.hpp>
#include <dsql/decimal.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>
#include <dsql/infinity.hpp>
#include <dsql/interval.hpp>
#include <dsql/json.hpp>
#include <dsql/notice.hpp>
#include <dsql/oid.hpp>
#include <dsql/parameters.hpp>
#include <dsql/pool.hpp>
#include <dsql/pool_options.hpp>
#include <dsql/profiles.hpp>
#include <dsql/result.hpp>
#include <dsql/row_layout.hpp>
#include <dsql/row_stream.hpp>
#include <dsql/rows.hpp>
#include <dsql/session_options.hpp>
#include <dsql/statement.hpp>
#include <dsql/time_with_time_zone.hpp>
#include <dsql/token.hpp>
#include <dsql/transaction.hpp>
#include <dsql/uuid.hpp>
#include <dsql/version.hpp>
