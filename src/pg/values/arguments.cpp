// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/text.hpp>
#include <dsql/detail/arguments.hpp>
#include <dsql/detail/value_fitting.hpp>
#include <dsql/error.hpp>

#include "errors/statement_context.hpp"

#include <string>

namespace dsql::detail {

namespace {

// The longest value, in bytes. Source: PostgreSQL, "Character Types".
constexpr std::size_t longest_value = 1'073'741'823;

}  // namespace

void throw_bad_argument(std::size_t index, std::string_view type, std::string_view why) {
    throw conversion_error("parameter $" + std::to_string(index + 1) + " (" + std::string(type) +
                           "): " + shortened_reason(why));
}

void throw_bad_argument(std::size_t index, std::string_view type, const conversion_error& failure) {
    std::string why = failure.what();
    if (const auto* const lossy = dynamic_cast<const lossy_cast_error*>(&failure)) {
        why += "; or write $" + std::to_string(index + 1) + "::" + type_name(lossy->from()) +
               ", and PostgreSQL converts it";
    }
    throw_bad_argument(index, type, why);
}

void check_text_argument_target(std::size_t index, std::string_view type, oid target) {
    try {
        check_text_target(target);
    } catch (const conversion_error& failure) {
        throw_bad_argument(index, type, failure);
    }
}

int checked_length(std::size_t size) {
    if (size > longest_value) {
        throw conversion_error(std::to_string(size) +
                               " bytes; PostgreSQL takes less than 1 GiB for a value");
    }
    return static_cast<int>(size);
}

void check_text_argument(std::size_t index, std::string_view type, std::string_view text) {
    try {
        static_cast<void>(checked_length(text.size()));
        check_no_zero_byte(text);
    } catch (const conversion_error& failure) {
        throw_bad_argument(index, type, failure);
    }
}

}  // namespace dsql::detail
