// SPDX-License-Identifier: Apache-2.0
// Maps rows to structs: each column to the member with its name, each value to the member's type.
#include <dsql/dsql.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

enum class plan { basic, premium };

struct member {
    dsql::uuid id{};
    std::string name{};
    std::optional<int> age{};  // NULL becomes an empty optional
    plan subscription = plan::basic;
    std::chrono::year_month_day joined{};
};

// The table holds these labels as text. Without labels, an enum is stored as its number.
template <>
inline constexpr std::array<std::pair<plan, std::string_view>, 2> dsql::enum_labels<plan> = {
    {{plan::basic, "basic"}, {plan::premium, "premium"}}};

void create_members(dsql::retrying_pool& db) {
    using namespace std::chrono_literals;
    db.execute("DROP TABLE IF EXISTS example_members");
    db.execute(
        "CREATE TABLE example_members (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
        " name text NOT NULL, age int, subscription text NOT NULL, joined date NOT NULL)");
    constexpr std::string_view insert =
        "INSERT INTO example_members (name, age, subscription, joined) VALUES ($1, $2, $3, $4)";
    db.execute(insert, "Ada", 36, plan::premium, 2024y / 12 / 10);
    db.execute(insert, "Grace", std::nullopt, plan::basic, 2025y / 1 / 31);
}

void print(const member& m) {
    std::cout << m.name << ", " << (m.age ? std::to_string(*m.age) : "of unknown age")
              << (m.subscription == plan::premium ? ", premium" : ", basic") << ", since "
              << static_cast<int>(m.joined.year()) << '\n';
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host});
        dsql::retrying_pool db(pool);
        create_members(db);
        // The order of the columns does not matter. A missing or an extra column is an error.
        for (const member& m : db.query_all<member>(
                 "SELECT name, age, subscription, joined, id FROM example_members ORDER BY name")) {
            print(m);
        }
        const auto nobody = db.query_optional<member>(
            "SELECT id, name, age, subscription, joined FROM example_members WHERE name = $1",
            "Bob");
        std::cout << "Bob is " << (nobody ? "there" : "not there") << '\n';
        db.execute("DROP TABLE example_members");
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
