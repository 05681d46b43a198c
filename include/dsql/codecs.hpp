// SPDX-License-Identifier: Apache-2.0
// All codecs of the library: for the C++ types that it can send to PostgreSQL and read from it.
#pragma once

#include <dsql/codecs/array.hpp>
#include <dsql/codecs/bytes.hpp>
#include <dsql/codecs/date.hpp>
#include <dsql/codecs/duration.hpp>
#include <dsql/codecs/enums.hpp>
#include <dsql/codecs/floats.hpp>
#include <dsql/codecs/integers.hpp>
#include <dsql/codecs/text.hpp>
#include <dsql/codecs/time.hpp>
#include <dsql/codecs/timestamp.hpp>
#include <dsql/decimal.hpp>
#include <dsql/interval.hpp>
#include <dsql/json.hpp>
#include <dsql/uuid.hpp>
