// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// What the system's resolver answers in a program that links name_service.cpp, which replaces
/// `getaddrinfo`. While an object of this class lives, names that end in ".hanging.invalid" have no
/// answer until they are let go; their address is 127.0.0.1. The system answers for names that are
/// not set. There can be one object at a time.
class name_service {
public:
    name_service();
    /// Lets the hanging names go, and waits until no lookup hangs any more.
    ~name_service();
    name_service(const name_service&) = delete;
    name_service& operator=(const name_service&) = delete;

    void set(const std::string& name, const std::vector<std::string>& addresses);
    /// Sets an error of `getaddrinfo` as the answer, and `errno`.
    void fail(const std::string& name, int error, int error_number = 0);
    void let_hanging_names_go();

    /// Waits until this many lookups hang.
    void await_hanging(int count) const;
    [[nodiscard]] int hanging() const;
    /// The most lookups that ever hung at once.
    [[nodiscard]] int most_hanging() const;
    /// How often a name was looked up.
    [[nodiscard]] int lookups_of(const std::string& name) const;
    /// How often any name, or numeric address, was looked up.
    [[nodiscard]] int lookups() const;
};
