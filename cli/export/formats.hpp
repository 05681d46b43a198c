// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "export/row_format.hpp"

#include <memory>
#include <vector>

namespace dsql_cli::exports {

// `make_row_format` for one syntax each.

/// CSV and TSV.
[[nodiscard]] std::unique_ptr<row_format> make_csv_format(const std::vector<export_column>& columns,
                                                          const format_options& options);
/// JSON lines.
[[nodiscard]] std::unique_ptr<row_format> make_json_format(
    const std::vector<export_column>& columns, const format_options& options);
/// PostgreSQL's text format.
[[nodiscard]] std::unique_ptr<row_format> make_text_format(
    const std::vector<export_column>& columns, const format_options& options);

}  // namespace dsql_cli::exports
