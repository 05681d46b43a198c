// SPDX-License-Identifier: Apache-2.0
// Fuzzes the scanners of SQL, which find out what a statement does and where its parameters are.
#include "pg/sql/copy_direction.hpp"
#include "pg/sql/leading_keywords.hpp"
#include "pg/sql/parameter_places.hpp"
#include "pg/sql/statement_traits.hpp"
#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view sql(reinterpret_cast<const char*>(data), size);
    const dsql::pg::statement_traits traits = dsql::pg::traits_of(sql);
    const std::size_t count = std::min<std::size_t>(traits.parameters, 100);
    require(dsql::pg::parameter_places(sql, count).size() == count);
    require(dsql::detail::leading_keywords(sql, 3).size() <= 3);
    static_cast<void>(dsql::pg::copy_direction_of(sql));
    // A comment before a statement changes nothing.
    require(dsql::pg::traits_of("/* $9 */ " + std::string(sql)) == traits);
    return 0;
}
