// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql::detail {

/// Refers to an object that has a name; a temporary does not compile. For the parameters of
/// asynchronous functions whose types have no constructors. Within an expression that has a
/// `co_await`, g++ 12 copies a temporary of such a type byte by byte and destroys it twice, so that
/// `co_await db.copy_in({.table = "users"})` would crash.
template <class T>
class named_object {
public:
    named_object(const T& object) noexcept : object_(object) {}
    named_object(const T&&) = delete;

    [[nodiscard]] const T& operator*() const noexcept { return object_; }

private:
    const T& object_;
};

}  // namespace dsql::detail
