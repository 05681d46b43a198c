// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

namespace dsql::detail {

/// Deletes an object, whose type must be complete where this is called.
struct deleted {
    template <class T>
    void operator()(T* owned) const noexcept {
        static_assert(sizeof(T) > 0, "an incomplete type cannot be deleted");
        delete owned;
    }
};

/// Owns one object, or nothing: the part of `std::unique_ptr` that the public headers need. It
/// exists for the time that programs take to compile: `std::unique_ptr` is made of a `std::tuple`,
/// and costs several milliseconds for each type that it owns.
template <class T, class Release = deleted>
class sole_owner {
public:
    sole_owner() noexcept = default;
    /// Takes over what `owned` points to; null: nothing.
    explicit sole_owner(T* owned) noexcept : owned_(owned) {}
    sole_owner(sole_owner&& other) noexcept : owned_(other.release()) {}
    sole_owner& operator=(sole_owner&& other) noexcept {
        T* const taken = other.release();  // first: it may be assigned to itself
        reset();
        owned_ = taken;
        return *this;
    }
    ~sole_owner() { reset(); }

    /// Releases the object that it owns, if any.
    void reset() noexcept {
        if (T* const before = release()) {
            Release()(before);
        }
    }
    /// Gives the object away: the caller owns it. Null if there is none.
    [[nodiscard]] T* release() noexcept {
        T* const before = owned_;
        owned_ = nullptr;
        return before;
    }

    /// The object; null if there is none.
    [[nodiscard]] T* get() const noexcept { return owned_; }
    /// The object; there has to be one.
    [[nodiscard]] T& operator*() const noexcept { return *owned_; }
    /// The object; there has to be one.
    [[nodiscard]] T* operator->() const noexcept { return owned_; }
    /// Whether there is one.
    [[nodiscard]] explicit operator bool() const noexcept { return owned_ != nullptr; }
    [[nodiscard]] friend bool operator==(const sole_owner& one, std::nullptr_t) noexcept {
        return one.owned_ == nullptr;
    }

private:
    T* owned_ = nullptr;
};

/// A new `T` and its owner.
template <class T, class... Args>
[[nodiscard]] sole_owner<T> make_owned(Args&&... args) {
    return sole_owner<T>(new T(std::forward<Args>(args)...));
}

}  // namespace dsql::detail
