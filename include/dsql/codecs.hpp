// SPDX-License-Identifier: Apache-2.0
// Which C++ types go to PostgreSQL and come back, out of the box.
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
