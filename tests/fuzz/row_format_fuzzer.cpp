// SPDX-License-Identifier: Apache-2.0
// Fuzzes what dsql export makes of COPY data: the first byte chooses the format and the columns.
#include "export/copy_text.hpp"
#include "export/row_format.hpp"
#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace dsql_cli::exports;

namespace {

// What a server may send: as many values in each row as there are columns.
bool fits(std::string_view rows, std::size_t columns) {
    std::size_t tabs = 0;
    for (const char c : rows) {
        tabs += c == '\t' ? 1 : 0;
        if (c == '\n' && tabs + 1 != columns) {
            return false;
        }
        tabs = c == '\n' ? 0 : tabs;
    }
    return tabs == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::size_t count = 1 + data[0] / 4 % 3;
    std::vector<export_column> columns;
    for (std::size_t i = 0; i < count; ++i) {
        columns.push_back(
            {"c" + std::to_string(i), i == 0 ? dsql::oids::text : dsql::oids::float8});
    }
    const std::string rows =
        std::string(reinterpret_cast<const char*>(data) + 1, size - 1).append("\n");
    const auto format = make_row_format(columns, {.syntax = static_cast<row_syntax>(data[0] % 4)});
    std::string text;
    try {
        const std::size_t found = format->append_rows(rows, text);
        if (fits(rows, count)) {
            require(found == static_cast<std::size_t>(std::count(rows.begin(), rows.end(), '\n')));
        }
    } catch (const std::runtime_error&) {
        require(!fits(rows, count));
    }
    for (const std::string_view value : split_row(rows)) {
        std::string decoded;
        append_decoded(value, decoded);
        require(decoded.size() <= value.size());
    }
    return 0;
}
