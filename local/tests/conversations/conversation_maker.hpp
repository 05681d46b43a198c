// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "conversations/step.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace dsql_local_test {

/// Which statements a conversation may contain.
enum class dialect {
    dsql,     ///< only those that Aurora DSQL accepts, or rejects exactly as PostgreSQL does
    postgres  ///< also others
};

/// The statements with which to make the state that every conversation begins with.
std::vector<std::string> schema_for_conversations();
std::vector<std::string> state_for_conversations(dialect statements);

/// Makes random conversations of a client with the tables of schema_for_conversations(): simple and
/// extended protocol, pipelines with and without errors, COPY in both directions, portals, large
/// messages. The same seed makes the same conversation.
class conversation_maker {
public:
    conversation_maker(std::uint64_t seed, dialect statements)
        : random_(seed), statements_(statements) {}

    /// The steps of one conversation. After the last one, no transaction is open.
    std::vector<step> make();

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool once_in(std::uint64_t times) { return below(times) == 0; }
    template <class Choices>
    const auto& one_of(const Choices& choices) {
        return choices[below(choices.size())];
    }

    void add(step next);
    void add_burst();
    void add_simple_query();
    void add_pipeline();
    void add_unit();
    void add_bind(const std::string& portal, const std::string& statement,
                  const std::string& kinds);
    void add_end_of_unit();
    void add_flushed_execution();
    void add_copy_in();
    void add_begin_of_copy_in(bool is_simple);
    void add_copied_data();
    void add_copy_out();
    void add_large_message();
    std::vector<bound_parameter> make_parameters(const std::string& kinds);
    bound_parameter make_parameter(char kind);
    std::vector<std::uint16_t> make_result_formats();
    std::string statement_name();
    std::string portal_name();

    std::mt19937_64 random_;
    dialect statements_;
    std::vector<step> steps_;
};

}  // namespace dsql_local_test
