// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/sql_scanner.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::proxy {

/// The tokens of one statement, without the semicolon at its end.
using token_list = std::vector<wire::sql_token>;

/// Whether the token at a position exists and is this keyword, given in upper case.
[[nodiscard]] bool is(const token_list& words, std::size_t at, std::string_view keyword);

/// Whether the token at a position exists and is one of these keywords.
[[nodiscard]] bool is_any(const token_list& words, std::size_t at,
                          std::initializer_list<std::string_view> keywords);

/// Whether the token at a position exists and is this symbol.
[[nodiscard]] bool is_symbol(const token_list& words, std::size_t at, char c);

/// Converts ASCII letters to upper case.
[[nodiscard]] std::string upper(std::string_view text);

/// Joins the tokens from `from` up to `to`, in upper case, with one blank between them.
[[nodiscard]] std::string join_words(const token_list& words, std::size_t from, std::size_t to);

/// Returns the position of the parenthesis that closes the one at `open`; npos if there is none.
[[nodiscard]] std::size_t find_closing(const token_list& words, std::size_t open);

/// The part of a text between two offsets.
[[nodiscard]] std::string_view text_between(std::string_view sql, std::size_t begin,
                                            std::size_t end);

/// Splits what is between the two parentheses at `open` and `close` at its commas.
[[nodiscard]] std::vector<std::string> split_arguments(std::string_view sql,
                                                       const token_list& words, std::size_t open,
                                                       std::size_t close);

/// Whether the result of a call has the name of its function: it is an item of the list after
/// SELECT or FROM, and no other name follows it. The call begins at `begin` and ends at `close`.
[[nodiscard]] bool names_its_result(const token_list& words, std::size_t begin, std::size_t close);

/// Whether a statement names functions rather than calling them, as GRANT does.
[[nodiscard]] bool is_about_functions(const token_list& words);

/// One mode of a transaction, of one or more words, such as READ ONLY.
struct transaction_mode {
    std::string words{};    ///< in upper case
    std::size_t begin = 0;  ///< the position of its first token
    std::size_t end = 0;    ///< the position after its last token
};

/// Splits a list of modes, with or without commas: ISOLATION LEVEL ..., READ ONLY.
[[nodiscard]] std::vector<transaction_mode> split_modes(const token_list& words, std::size_t from);

/// Returns the name of the setting at a position, and moves the position to the token after it.
/// Empty if there is none.
[[nodiscard]] std::string take_setting_name(const token_list& words, std::size_t& at);

}  // namespace dsql_cli::proxy
