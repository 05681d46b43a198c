// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/fitted_arguments.hpp>
#include <dsql/parameters.hpp>

namespace dsql {

parameters::parameters() = default;

void parameters::reserve(std::size_t count) {
    types_.reserve(count);
    formats_.reserve(count);
    lengths_.reserve(count);
    values_.reserve(count);
}

void parameters::append(oid type, int format, const char* data, int length) {
    types_.push_back(type);
    formats_.push_back(format);
    lengths_.push_back(length);
    if (data == nullptr) {
        values_.emplace_back();
    } else if (format == 0) {
        values_.emplace_back(data);
    } else {
        values_.emplace_back(std::in_place, data, static_cast<std::size_t>(length));
    }
}

namespace detail {

namespace {

bool is_bytes(oid type) noexcept {
    return type == oids::bytea || type == oids::bytea_array;
}

}  // namespace

bound_parameters::bound_parameters(std::span<const oid> targets, const parameters& values)
    : values_(values) {
    pointers_.reserve(values.size());
    for (const std::optional<std::string>& value : values.values_) {
        pointers_.push_back(value ? value->c_str() : nullptr);
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const oid declared = values.types_[i];
        if (declared == oids::unspecified ? is_bytes(targets[i]) : declared != targets[i]) {
            fitted_ = std::make_unique<fitted_arguments>(view(), targets, standing_types::prepared);
            return;
        }
    }
}

bound_parameters::~bound_parameters() = default;

argument_view bound_parameters::view() const noexcept {
    if (fitted_) {
        return fitted_->view();
    }
    return {static_cast<int>(pointers_.size()), values_.types_.data(), pointers_.data(),
            values_.lengths_.data(), values_.formats_.data()};
}

}  // namespace detail

}  // namespace dsql
