// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/fitted_arguments.hpp>
#include <dsql/detail/value_fitting.hpp>
#include <dsql/error.hpp>

namespace dsql::detail {

fitted_arguments::fitted_arguments(const argument_view& values, std::span<const oid> types,
                                   standing_types how)
    : types_(values.types, values.types + values.count),
      values_(values.values, values.values + values.count),
      lengths_(values.lengths, values.lengths + values.count),
      formats_(values.formats, values.formats + values.count),
      offsets_(types_.size(), not_in_buffer) {
    for (std::size_t i = 0; i < types_.size(); ++i) {
        fit(i, types[i], how);
    }
    // The pointers are set last, because the buffer may have moved while it grew.
    for (std::size_t i = 0; i < types_.size(); ++i) {
        if (offsets_[i] != not_in_buffer) {
            values_[i] = buffer_.data() + offsets_[i];
        }
    }
}

argument_view fitted_arguments::view() const noexcept {
    return {static_cast<int>(types_.size()), types_.data(), values_.data(), lengths_.data(),
            formats_.data()};
}

void fitted_arguments::fit(std::size_t index, oid standing, standing_types how) {
    const oid declared = types_[index];
    if (declared == standing) {
        return;
    }
    try {
        if (how == standing_types::prepared) {
            declared == oids::unspecified ? check_text(index, standing)
                                          : require_fitting(declared, standing);
        }
        if (values_[index] == nullptr) {
            types_[index] =
                how == standing_types::inferred ? settled_type(declared, standing) : standing;
        } else if (formats_[index] == 1) {
            fit_binary(index, standing, how);
        }
    } catch (const conversion_error& failure) {
        throw_bad_argument(index, declared == oids::unspecified ? "text" : type_name(declared),
                           failure);
    }
}

// NULL without a type fits anywhere.
void fitted_arguments::check_text(std::size_t index, oid standing) const {
    if (values_[index] != nullptr) {
        check_text_target(standing);
    }
}

void fitted_arguments::fit_binary(std::size_t index, oid standing, standing_types how) {
    const oid declared = types_[index];
    const bool inferred = how == standing_types::inferred;
    if (inferred && !needs_fitting(declared, standing)) {
        return;
    }
    const std::size_t offset = buffer_.size();
    fit_value(buffer_, {values_[index], static_cast<std::size_t>(lengths_[index]), declared},
              standing);
    if (inferred && settled_type(declared, standing) == declared) {
        buffer_.shrink(offset);  // the value was only checked
        return;
    }
    types_[index] = standing;
    lengths_[index] = checked_length(buffer_.size() - offset);
    offsets_[index] = offset;
}

}  // namespace dsql::detail
