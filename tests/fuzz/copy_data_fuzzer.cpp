// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of COPY data in binary format: header, rows, trailer.
#include <dsql/error.hpp>

#include "pg/bulk/copy_format.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view whole(reinterpret_cast<const char*>(bytes), size);
    std::string_view data = whole;
    std::vector<dsql::detail::raw_value> values;
    try {
        dsql::pg::take_copy_header(data);
        while (!data.empty() && dsql::pg::take_copy_tuple(data, values)) {
            for (const dsql::detail::raw_value& value : values) {
                // Each value must be within the input.
                const bool inside = value.data == nullptr ||
                                    (value.data >= whole.data() &&
                                     value.data + value.size <= whole.data() + whole.size());
                if (!inside) {
                    std::abort();
                }
            }
        }
    } catch (const dsql::conversion_error&) {
        return 0;
    }
    return 0;
}
