// SPDX-License-Identifier: Apache-2.0
#include <dsql/batch.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace dsql {

namespace {

// How many of the most recent texts are searched for an equal one. Batches usually repeat only a
// few texts.
constexpr std::size_t texts_compared = 8;

std::size_t size_of(const detail::argument_view& values, int i) {
    // A value in text format includes its zero byte, and its length may not be set.
    return values.formats[i] == 0 ? std::strlen(values.values[i]) + 1
                                  : static_cast<std::size_t>(values.lengths[i]);
}

}  // namespace

void batch::clear() noexcept {
    texts_.clear();
    items_.clear();
    types_.clear();
    lengths_.clear();
    formats_.clear();
    offsets_.clear();
    values_.clear();
}

std::size_t batch::text_of(const sql_text& sql) {
    const std::size_t first = texts_.size() - std::min(texts_.size(), texts_compared);
    for (std::size_t i = texts_.size(); i > first; --i) {
        const text& one = texts_[i - 1];
        const std::string* const name = one.prepared ? &one.prepared->name() : nullptr;
        const bool same_kind = (name != nullptr) == (sql.prepared() != nullptr) &&
                               (name == nullptr || *name == sql.prepared()->name());
        if (same_kind && one.sql == sql.text()) {
            return i - 1;
        }
    }
    texts_.push_back({.sql = std::string(sql.text())});
    if (sql.prepared() != nullptr) {
        texts_.back().prepared = *sql.prepared();
    }
    return texts_.size() - 1;
}

void batch::append(const sql_text& sql, const detail::argument_view& values) {
    detail::check_statement(sql.text(), values.count);
    items_.push_back({.text = text_of(sql),
                      .first_parameter = types_.size(),
                      .parameters = static_cast<std::size_t>(values.count),
                      .where = sql.where()});
    for (int i = 0; i < values.count; ++i) {
        types_.push_back(values.types[i]);
        formats_.push_back(values.formats[i]);
        if (values.values[i] == nullptr) {
            lengths_.push_back(0);
            offsets_.push_back(detail::not_in_buffer);
            continue;
        }
        const std::size_t size = size_of(values, i);
        lengths_.push_back(static_cast<int>(size));
        offsets_.push_back(values_.size());
        values_.append(values.values[i], size);
    }
}

batch_results::batch_results(std::vector<result> results) noexcept : results_(std::move(results)) {}
batch_results::batch_results(batch_results&&) noexcept = default;
batch_results& batch_results::operator=(batch_results&&) noexcept = default;
batch_results::~batch_results() = default;

const result& batch_results::operator[](std::size_t index) const& {
    require(index);
    return results_[index];
}

result batch_results::operator[](std::size_t index) && {
    require(index);
    return std::move(results_[index]);
}

std::vector<result>::const_iterator batch_results::begin() const& noexcept {
    return results_.begin();
}

std::vector<result>::const_iterator batch_results::end() const& noexcept {
    return results_.end();
}

void batch_results::require(std::size_t index) const {
    if (index >= results_.size()) {
        detail::throw_out_of_range("statement", static_cast<std::int64_t>(index), "a batch",
                                   static_cast<std::int64_t>(results_.size()));
    }
    if (results_[index].native_handle() == nullptr) {
        throw error("the result of statement " + std::to_string(index) +
                    " of the batch has been taken");
    }
}

}  // namespace dsql
