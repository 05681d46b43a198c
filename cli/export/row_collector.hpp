// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace dsql_cli::exports {

/// Collects the data of a COPY in text format, which comes in pieces of any size, into larger
/// pieces of whole rows. Belongs to one thread.
class row_collector {
public:
    using taker = std::function<void(std::string_view rows)>;

    /// `take` gets the rows, whenever there are `piece_size` bytes of them.
    row_collector(std::size_t piece_size, taker take)
        : piece_size_(piece_size), take_(std::move(take)) {}

    /// Adds what the server has sent.
    void add(std::string_view data);
    /// The COPY has ended: hands over all that is left. It ends within a row if the COPY did.
    void finish();
    /// The COPY was cut: hands over the whole rows that are left, and forgets the begun one.
    void finish_whole_rows();
    /// Forgets what was not handed over.
    void discard() noexcept;

private:
    void hand_over(std::size_t size);

    std::size_t piece_size_;
    taker take_;
    std::string collected_{};
    std::size_t whole_size_ = 0;  // of the whole rows in it
};

}  // namespace dsql_cli::exports
