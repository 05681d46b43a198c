// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include <cstdint>

/// Accounts that money is moved between, and a note of each transfer, made in its transaction.
struct transfer_order {
    std::int64_t number = 0;
    int source = 0;
    int target = 0;
    std::int64_t amount = 0;
};

constexpr int account_count = 100;
constexpr std::int64_t initial_balance = 1'000;

/// Creates everything anew.
void open_bank(dsql::pool& pool);

/// Moves the money and notes it. The note has no unique key: a transfer that is applied twice is
/// noted twice.
void apply(dsql::transaction& tx, const transfer_order& order);

/// What is wrong with the bank's books, line by line.
struct audit {
    std::int64_t sum = 0;                ///< of all balances
    std::int64_t transfers = 0;          ///< that are noted
    std::int64_t applied_twice = 0;      ///< numbers that are noted more than once
    std::int64_t disagreeing = 0;        ///< accounts whose balance is not what the notes make it
    std::int64_t keys_without_note = 0;  ///< of the idempotency ledger
    std::int64_t notes_without_key = 0;  ///< of transfers that were made with a key
};

/// `first_with_key` is the number from which on transfers were made with a key.
audit audit_bank(dsql::pool& pool, std::int64_t first_with_key);
