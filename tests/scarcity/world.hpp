// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

/// What a program has while something runs out: a pool with both of its faces.
struct world {
    static constexpr int most = 3;

    /// `patience`: how long an acquire and a `warm_up` of the pool wait.
    explicit world(std::chrono::milliseconds patience = std::chrono::seconds(10));
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    /// Brings the pool to its full size.
    void warm_up();
    /// Returns what is wrong: a slot of the pool that is lost, a descriptor that is left open, a
    /// connect or statement that fails although nothing is short any more. Empty if all is well.
    [[nodiscard]] std::string complaint();

    std::chrono::milliseconds patience;
    dsql::config settings;
    dsql::pool pool;
    dsql::async_pool async;

private:
    std::size_t descriptors_ = 0;
};

/// Begins the shortage. A use calls it where the part begins that it is about.
using shortage_begins = std::function<void()>;

/// Something that a program does with the library.
struct scarce_use {
    const char* name = "";
    std::function<void(world&, const shortage_begins&)> run{};
    /// Whether an error may say that the outcome of a COMMIT is not known.
    bool commits = false;
};

/// For the messages of GoogleTest.
inline void PrintTo(const scarce_use& use, std::ostream* to) {
    *to << use.name;
}

/// All of them: with the blocking functions, and with coroutines.
[[nodiscard]] const std::vector<scarce_use>& scarce_uses();

/// Makes the table that the uses need.
void make_scarce_table();

/// Describes the class of an exception. Empty if the library's documentation does not name it for a
/// call of this kind that lacks memory, threads or descriptors.
[[nodiscard]] std::string documented_class(const std::exception& failure, const scarce_use& use);
