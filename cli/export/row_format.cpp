// SPDX-License-Identifier: Apache-2.0
#include "export/row_format.hpp"

#include "export/formats.hpp"

namespace dsql_cli::exports {

std::unique_ptr<row_format> make_row_format(const std::vector<export_column>& columns,
                                            const format_options& options) {
    switch (options.syntax) {
        case row_syntax::text:
            return make_text_format(columns, options);
        case row_syntax::json_lines:
            return make_json_format(columns, options);
        default:
            return make_csv_format(columns, options);
    }
}

}  // namespace dsql_cli::exports
