// SPDX-License-Identifier: Apache-2.0
#include "export/copy_text.hpp"
#include "export/formats.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_cli::exports {

namespace {

/// PostgreSQL's text format, as the server sends it.
class text_format final : public row_format {
public:
    text_format(const std::vector<export_column>& columns, const format_options& options) {
        if (options.null_marker && *options.null_marker != null_value) {
            throw std::invalid_argument("in the format text, \\N stands for NULL");
        }
        for (std::size_t i = 0; options.has_header && i < columns.size(); ++i) {
            append_encoded(columns[i].name, header_);
            header_.push_back(i + 1 < columns.size() ? '\t' : '\n');
        }
    }

    void append_header(std::string& to) const override { to += header_; }

    std::size_t append_rows(std::string_view rows, std::string& to) override {
        require_whole_rows(rows);
        to.append(rows);
        std::size_t count = 0;
        for (std::size_t end = 0; (end = rows.find('\n', end)) != std::string_view::npos; ++end) {
            ++count;
        }
        return count;
    }

private:
    std::string header_{};
};

}  // namespace

std::unique_ptr<row_format> make_text_format(const std::vector<export_column>& columns,
                                             const format_options& options) {
    return std::make_unique<text_format>(columns, options);
}

}  // namespace dsql_cli::exports
