// SPDX-License-Identifier: Apache-2.0
// Fuzzes what `dsql load` reads: files are cut into chunks, rows counted and decoded. The first
// byte chooses the format, the second the size of a chunk.
#include "fuzz/require.hpp"
#include "load/byte_source.hpp"
#include "load/chunk_reader.hpp"
#include "load/fields.hpp"
#include "load/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

using namespace dsql_cli::load;

namespace {

class memory_source final : public byte_source {
public:
    explicit memory_source(std::string_view text) : rest_(text) {}

    std::size_t read(std::span<char> into) override {
        const std::size_t count = std::min({into.size(), rest_.size(), std::size_t{11}});
        std::copy_n(rest_.data(), count, into.data());
        rest_.remove_prefix(count);
        return count;
    }
    std::uint64_t consumed() const noexcept override { return 0; }

private:
    std::string_view rest_;
};

const std::array<dialect, 4> dialects{{{},
                                       {.delimiter = '\t'},
                                       {.delimiter = ';', .quote = '\'', .escape = '\\'},
                                       {.format = row_format::text, .delimiter = '\t'}}};

constexpr std::size_t expected_columns = 3;

// A row is called wrong exactly if it is: for its number of values, or for its bytes.
void check_rows(const chunk& part, const dialect& used) {
    auto bad = part.bad.begin();
    for (std::size_t row = 0; row < part.rows(); ++row) {
        const std::string_view text = part.text(row, row + 1);
        const bool is_right = decode_row(text, used).size() == expected_columns &&
                              first_invalid_byte(text) == text.size();
        const bool is_called_bad = bad != part.bad.end() && bad->row == row;
        require(is_right != is_called_bad);
        bad += is_called_bad ? 1 : 0;
    }
    require(bad == part.bad.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const dialect& used = dialects[bytes[0] % dialects.size()];
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 2, size - 2);
    memory_source source(text);
    chunk_reader reader(source, "fuzzed", used, {.rows = bytes[1] % 16U + 1, .bytes = bytes[1]});
    reader.expect_columns(expected_columns);
    std::string all;
    while (const std::optional<chunk> part = reader.next()) {
        require(part->ends.size() == part->lines.size() && part->ends.back() == part->data.size());
        check_rows(*part, used);
        all += part->data;
    }
    const std::string_view mark = text.starts_with("\xef\xbb\xbf") ? text.substr(0, 3) : "";
    // In text format, a line with "\." ends the data.
    require(used.format == row_format::csv ? mark.size() + all.size() == text.size() : true);
    require(text.substr(mark.size()).starts_with(all));
    return 0;
}
