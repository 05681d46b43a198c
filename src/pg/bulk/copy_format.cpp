// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/copy_format.hpp"

#include <dsql/error.hpp>

#include "pg/quote_identifier.hpp"

#include <cstdint>

namespace dsql::pg {

namespace {

constexpr const char* copy_target_name = "copy_target";

std::string table_of(const copy_target& target) {
    return quoted_table(target.schema, target.table, copy_target_name);
}

std::string columns_of(const copy_target& target) {
    std::string list;
    for (const std::string& column : target.columns) {
        list += (list.empty() ? "" : ", ") + quote_identifier(column, copy_target_name);
    }
    return list;
}

std::string table_and_columns(const copy_target& target) {
    const std::string columns = columns_of(target);
    return table_of(target) + (columns.empty() ? "" : " (" + columns + ")");
}

const char* format_of(const copy_target& target) {
    return target.format == copy_format::binary ? " (FORMAT binary)" : " (FORMAT text)";
}

constexpr std::string_view signature("PGCOPY\n\377\r\n\0", 11);

// Bits 16 to 31. A reader must reject data in which one of them is set that it does not know.
// Source: PostgreSQL, "COPY", Binary Format.
constexpr std::uint32_t critical_flags = 0xffff0000;

[[noreturn]] void throw_malformed(const char* what) {
    throw conversion_error(std::string("the server's COPY data in binary format is malformed: ") +
                           what);
}

std::string_view take(std::string_view& data, std::size_t size) {
    if (data.size() < size) {
        throw_malformed("it ends too early");
    }
    const std::string_view taken = data.substr(0, size);
    data.remove_prefix(size);
    return taken;
}

template <class Unsigned>
Unsigned take_integer(std::string_view& data) {
    return detail::load_big_endian<Unsigned>(take(data, sizeof(Unsigned)).data());
}

}  // namespace

std::string copy_in_statement(const copy_target& target) {
    return "COPY " + table_and_columns(target) + " FROM STDIN" + format_of(target);
}

std::string copy_out_statement(const copy_target& target) {
    return "COPY " + table_and_columns(target) + " TO STDOUT" + format_of(target);
}

std::string table_name(const copy_target& target) {
    return table_of(target);
}

std::string describing_query(const copy_target& target) {
    const std::string columns = columns_of(target);
    return "SELECT " + (columns.empty() ? "*" : columns) + " FROM " + table_of(target) + " LIMIT 0";
}

void take_copy_header(std::string_view& data) {
    if (take(data, signature.size()) != signature) {
        throw_malformed("the signature is missing");
    }
    if ((take_integer<std::uint32_t>(data) & critical_flags) != 0) {
        throw_malformed("it has flags this reader does not know");
    }
    const auto extension = take_integer<std::uint32_t>(data);
    static_cast<void>(take(data, extension));
}

bool take_copy_tuple(std::string_view& data, std::vector<detail::raw_value>& values) {
    values.clear();
    const auto count = static_cast<std::int16_t>(take_integer<std::uint16_t>(data));
    if (count == -1) {
        return false;
    }
    if (count < 0) {
        throw_malformed("a row has a negative number of values");
    }
    for (int i = 0; i < count; ++i) {
        const auto size = static_cast<std::int32_t>(take_integer<std::uint32_t>(data));
        if (size == -1) {
            values.push_back({nullptr, 0});
        } else if (size < 0) {
            throw_malformed("a value has a negative size");
        } else {
            values.push_back({take(data, static_cast<std::size_t>(size)).data(), size});
        }
    }
    return true;
}

}  // namespace dsql::pg
