// SPDX-License-Identifier: Apache-2.0
#include "pg/exchange/batch_reader.hpp"

namespace dsql::pg {

sql_text batch_reader::sql(std::size_t index) const {
    const batch::item& item = of_.items_[index];
    const batch::text& text = of_.texts_[item.text];
    return text.prepared ? sql_text(*text.prepared, item.where) : sql_text(text.sql, item.where);
}

detail::argument_view batch_reader::values(std::size_t index) {
    const batch::item& item = of_.items_[index];
    pointers_.clear();
    for (std::size_t i = 0; i < item.parameters; ++i) {
        const std::size_t offset = of_.offsets_[item.first_parameter + i];
        pointers_.push_back(offset == detail::not_in_buffer ? nullptr
                                                            : of_.values_.data() + offset);
    }
    return {static_cast<int>(item.parameters), of_.types_.data() + item.first_parameter,
            pointers_.data(), of_.lengths_.data() + item.first_parameter,
            of_.formats_.data() + item.first_parameter};
}

std::size_t batch_reader::value_count(std::size_t index) const noexcept {
    return of_.items_[index].parameters;
}

const statement_traits& batch_reader::traits(std::size_t index) {
    traits_.resize(of_.texts_.size());
    const std::size_t text = of_.items_[index].text;
    if (!traits_[text]) {
        traits_[text] = traits_of(of_.texts_[text].sql);
    }
    return *traits_[text];
}

}  // namespace dsql::pg
