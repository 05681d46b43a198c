// SPDX-License-Identifier: Apache-2.0
// Everything the connector offers.
#pragma once

#include <dsql/config.hpp>
#include <dsql/connect.hpp>
#include <dsql/connection.hpp>
#include <dsql/credentials.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>
#include <dsql/parameters.hpp>
#include <dsql/pool.hpp>
#include <dsql/pool_options.hpp>
#include <dsql/profiles.hpp>
#include <dsql/result.hpp>
#include <dsql/token.hpp>
#include <dsql/version.hpp>
