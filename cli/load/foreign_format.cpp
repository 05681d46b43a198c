// SPDX-License-Identifier: Apache-2.0
#include "load/foreign_format.hpp"

#include <algorithm>
#include <array>

namespace dsql_cli::load {

namespace {

using namespace std::string_view_literals;

struct foreign_format {
    std::size_t offset;
    std::string_view magic;  ///< the bytes at `offset` that only this format has there
    std::string_view advice;
};

constexpr std::string_view utf16_advice =
    "this is text in UTF-16, and only UTF-8 can be loaded: iconv -f UTF-16 -t UTF-8 FILE | dsql "
    "load ... -";

constexpr auto foreign_formats = std::to_array<foreign_format>({
    {0, "PAR1\x15"sv, parquet_advice},
    {0, "PK\x03\x04"sv,
     "this is a zip archive, as .xlsx files are too: unzip it, or save the table as CSV"},
    {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv,
     "this is a document of an office program: save the table as CSV"},
    {4, "1AY&SY"sv, "this is compressed by bzip2: bzip2 -dc FILE | dsql load ... -"},
    {0, "\xfd\x37zXZ\0"sv, "this is compressed by xz: xz -dc FILE | dsql load ... -"},
    {0, "\x04\x22\x4d\x18"sv, "this is compressed by lz4: lz4 -dc FILE | dsql load ... -"},
    {256, "\0ustar"sv, "this is a tar archive: unpack it, and load the directory"},
    {0, "PGDMP\x01"sv,
     "this is a dump of pg_dump in its own format: pg_restore -f - FILE writes it as SQL; psql's "
     "\\copy ... TO FILE writes a table as text"},
    {0, "\xff\xfe"sv, utf16_advice},
    {0, "\xfe\xff"sv, utf16_advice},
});

}  // namespace

std::string_view describe_foreign_format(std::string_view head) noexcept {
    const auto found = std::find_if(
        foreign_formats.begin(), foreign_formats.end(), [head](const foreign_format& each) {
            return head.size() > each.offset && head.substr(each.offset).starts_with(each.magic);
        });
    return found == foreign_formats.end() ? std::string_view() : found->advice;
}

}  // namespace dsql_cli::load
