// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include "bank/server_books.hpp"

#include <cstdint>

/// Accounts between which money is transferred. Each transfer is also recorded as a note, in the
/// same transaction.
struct transfer_order {
    std::int64_t number = 0;
    int source = 0;
    int target = 0;
    std::int64_t amount = 0;
};

constexpr int account_count = 100;
constexpr std::int64_t initial_balance = 1'000;

/// Creates the tables and accounts anew.
void open_bank(dsql::pool& pool);

/// Transfers money and records a note. The note has no unique key, so a transfer that is applied
/// twice has two notes.
void apply(dsql::transaction& tx, const transfer_order& order);

/// The result of an audit of the bank.
struct audit {
    std::int64_t sum = 0;                ///< the sum of all balances
    std::int64_t transfers = 0;          ///< the number of notes
    std::int64_t applied_twice = 0;      ///< transfers with more than one note
    std::int64_t disagreeing = 0;        ///< accounts whose balance contradicts the notes
    std::int64_t keys_without_note = 0;  ///< keys in the idempotency ledger without a note
    std::int64_t notes_without_key =
        0;                  ///< notes of transfers with a key that is not in the ledger
    std::int64_t gaps = 0;  ///< numbers that a teller who uses keys has left out
};

/// Audits the bank. Transfers from the number `first_with_key` on were made with an idempotency
/// key; each of their tellers counts on from a multiple of 1 000 000 000.
audit audit_bank(const server_books& books, std::int64_t first_with_key);
