// SPDX-License-Identifier: Apache-2.0
// What the code blocks of the documents may use without saying where it comes from. Read by the
// compiler's syntax check only: nothing of it is ever linked.
#pragma once

#include <dsql/dsql.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

extern const std::string cluster;
extern dsql::config config;
extern dsql::pool pool;
extern dsql::connection connection;
extern std::stop_token stop;

extern dsql::uuid id;
extern dsql::decimal amount;
extern dsql::uuid from;
extern dsql::uuid to;

struct user {
    dsql::uuid id;
    std::string name;
    std::optional<int> age;
};
extern std::vector<user> users;

struct order {
    dsql::uuid id;
    dsql::decimal amount;
};
extern std::vector<order> orders;

struct event {
    long id;
    std::chrono::sys_time<std::chrono::microseconds> at;
    std::string what;
};
extern std::vector<event> events;
