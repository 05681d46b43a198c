// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_objects.hpp"

namespace dsql_local {
namespace {

std::size_t find_on(const statement_words& words) {
    std::size_t index = 0;
    while (index < words.head().size() && !words.at(index, {"ON"})) {
        ++index;
    }
    return index;
}

}  // namespace

std::size_t skip_words(const statement_words& words, std::size_t index,
                       std::initializer_list<std::string_view> keywords) {
    while (words.at(index, keywords)) {
        ++index;
    }
    return index;
}

std::size_t skip_qualified_name(const statement_words& words, std::size_t index) {
    const auto& head = words.head();
    if (index >= head.size() || !head[index].is_name()) {
        return index;
    }
    ++index;
    while (index + 1 < head.size() && head[index].is_symbol('.') && head[index + 1].is_name()) {
        index += 2;
    }
    return index;
}

std::vector<std::string> read_names(const statement_words& words, std::size_t index) {
    std::vector<std::string> names;
    while (true) {
        const std::size_t after = skip_qualified_name(words, index);
        if (after == index) {
            return names;
        }
        names.push_back(words.head()[after - 1].name());
        if (after >= words.head().size() || !words.head()[after].is_symbol(',')) {
            return names;
        }
        index = after + 1;
    }
}

std::vector<std::string> find_ddl_objects(const statement_words& words) {
    if (!words.at(0, {"CREATE", "ALTER", "DROP"})) {
        return {};
    }
    std::size_t index = skip_words(words, 1,
                                   {"OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY",
                                    "UNLOGGED", "RECURSIVE", "UNIQUE"});
    if (words.at(0, {"CREATE"}) && words.at(index, {"INDEX"})) {
        index = find_on(words);
    } else if (!words.at(index, {"TABLE", "VIEW", "SEQUENCE", "INDEX"})) {
        return {};
    }
    return read_names(words,
                      skip_words(words, index + 1, {"ASYNC", "IF", "NOT", "EXISTS", "ONLY"}));
}

}  // namespace dsql_local
