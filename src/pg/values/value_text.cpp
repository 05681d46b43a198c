// SPDX-License-Identifier: Apache-2.0
#include "pg/values/value_text.hpp"

#include <dsql/codecs.hpp>

#include "pg/codecs/interval_text.hpp"

#include <cstddef>
#include <cstdint>

namespace dsql::detail {

namespace {

void put_scalar_text(byte_writer& out, const binary_value& value) {
    switch (value.type) {
        case oids::boolean:
            return codec<bool>::write_text(out, codec<bool>::read(value));
        case oids::int2:
        case oids::int4:
        case oids::int8:
        case oids::object_identifier:
            return put_number_text(out, codec<std::int64_t>::read(value));
        case oids::float4:
            return put_float_text(out, codec<float>::read(value));
        case oids::float8:
            return put_float_text(out, codec<double>::read(value));
        case oids::date:
            return put_date_text(out, load_date(value));
        case oids::timestamp:
            return put_timestamp_text(out, load_timestamp(value), {});
        case oids::time:
            return put_time_text(out, load_time(value));
        case oids::timetz:
            return codec<time_with_time_zone>::write_text(out,
                                                          codec<time_with_time_zone>::read(value));
        case oids::interval:
            return pg::put_interval_text(out, codec<interval>::read(value));
        case oids::numeric:
        case oids::uuid:
            return out.put(scalar_text(value));
        default:
            return out.put(text_of(value));
    }
}

void put_array_text(byte_writer& out, const binary_value& array) {
    const std::vector<binary_value> elements = elements_of(array);
    char before = '{';
    for (const binary_value& element : elements) {
        out.put_char(before);
        before = ',';
        if (element.data == nullptr) {
            out.put("NULL");
            continue;
        }
        const std::size_t begin = out.size();
        put_scalar_text(out, element);
        quote_array_element(out, begin);
    }
    out.put(elements.empty() ? "{}" : "}");
}

}  // namespace

std::vector<binary_value> elements_of(const binary_value& array) {
    array_reader reader(array);
    std::vector<binary_value> elements;
    elements.reserve(reader.left());
    while (reader.left() != 0) {
        elements.push_back(reader.next());
    }
    reader.finish();
    return elements;
}

void put_value_text(byte_writer& out, const binary_value& value) {
    if (element_type(value.type) == oids::unspecified) {
        put_scalar_text(out, value);
    } else {
        put_array_text(out, value);
    }
}

}  // namespace dsql::detail
