// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/enums.hpp>

#include "errors/statement_context.hpp"

namespace dsql::detail {

std::string_view enum_label(const binary_value& value) {
    std::string_view label = value.bytes();
    // A label never contains a zero byte; a binary array begins with several.
    if (label.find('\0') != std::string_view::npos) {
        throw conversion_error("the value is no label; an array is read as a std::vector");
    }
    if (value.type == oids::bpchar) {
        label = label.substr(0, label.find_last_not_of(' ') + 1);  // npos + 1 is 0
    }
    return label;
}

void throw_unknown_label(std::string_view label, const std::string& labels) {
    throw conversion_error("the label \"" + excerpt(label) + "\" is none of " + labels);
}

void throw_without_label(const std::string& number, const std::string& labels) {
    throw conversion_error("the value " + number + " has no label; there are " + labels);
}

}  // namespace dsql::detail
