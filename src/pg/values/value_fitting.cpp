// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs.hpp>
#include <dsql/detail/value_fitting.hpp>

#include "pg/values/fitting_rules.hpp"
#include "pg/values/type_advice.hpp"
#include "pg/values/value_text.hpp"

#include <algorithm>
#include <vector>

namespace dsql::detail {

namespace {

void fit_array(byte_writer& out, const binary_value& array, const fitting_rule& by, oid to) {
    const std::vector<binary_value> elements = elements_of(array);
    const bool has_nulls =
        std::any_of(elements.begin(), elements.end(),
                    [](const binary_value& element) { return element.data == nullptr; });
    put_array_header(out, elements.size(), has_nulls, to);
    std::size_t position = 0;
    for (const binary_value& element : elements) {
        ++position;
        const std::size_t at = out.size();
        out.put_int32(-1);
        if (element.data == nullptr) {
            continue;
        }
        try {
            by.convert(out, element, to);
        } catch (const lossy_cast_error& failure) {
            throw lossy_cast_error("element " + std::to_string(position) + ": " + failure.what(),
                                   array.type);
        } catch (const conversion_error& failure) {
            throw_in_element(position, failure);
        }
        patch_element_size(out, at);
    }
}

}  // namespace

bool has_lossy_casts(oid declared) noexcept {
    switch (element_or_self(declared)) {
        case oids::float4:
        case oids::float8:
        case oids::numeric:
        case oids::timestamptz:
        case oids::timestamp:
        case oids::date:
        case oids::time:
        case oids::timetz:
        case oids::interval:
        case oids::bytea:
        case oids::jsonb:
            return true;
        default:
            return false;
    }
}

bool needs_fitting(oid declared, oid inferred) noexcept {
    return has_lossy_casts(declared) && declared != inferred &&
           find_fitting_rule(declared, inferred).cast != own_cast::same;
}

oid settled_type(oid declared, oid inferred) noexcept {
    return declared != inferred && find_fitting_rule(declared, inferred).cast == own_cast::lossy
               ? inferred
               : declared;
}

bool has_fitting(oid from, oid to) noexcept {
    return find_fitting_rule(from, to).convert != nullptr;
}

void require_fitting(oid from, oid to) {
    if (from == to || has_fitting(from, to)) {
        return;
    }
    if (is_plain_text(element_or_self(from))) {
        check_text_target(to);
    }
    throw conversion_error("a value of the type " + type_name(from) + " is not sent where " +
                           type_name(to) + " stands; " + advice_for(to));
}

void fit_value(byte_writer& out, const binary_value& value, oid to) {
    const fitting_rule by = find_fitting_rule(value.type, to);
    const oid element = element_type(to);
    if (element == oids::unspecified) {
        by.convert(out, value, to);
    } else {
        fit_array(out, value, by, element);
    }
}

void fit_written(byte_writer& out, std::size_t begin, oid from, oid to) {
    const std::string written(out.view().substr(begin));
    out.shrink(begin);
    fit_value(out, {written.data(), written.size(), from}, to);
}

void fit_written_as_text(byte_writer& out, std::size_t begin, oid from, oid to) {
    fit_written(out, begin, from, to);
    const std::string fitted(out.view().substr(begin));
    out.shrink(begin);
    put_value_text(out, {fitted.data(), fitted.size(), to});
}

void check_text_target(oid to) {
    if (element_or_self(to) == oids::bytea) {
        throw conversion_error(
            "bytes have a type of their own: std::span<const std::byte>, std::vector<std::byte>");
    }
}

}  // namespace dsql::detail
