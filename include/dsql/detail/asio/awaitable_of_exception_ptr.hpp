// SPDX-License-Identifier: Apache-2.0
// Boost 1.81 cannot compile `co_await operation` for an operation whose handler takes an exception
// pointer and a value: its function `resume` tests a structure as if it were a pointer. This is its
// class with that line mended; later versions have their own.
#pragma once

#include <dsql/export.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/version.hpp>

#if BOOST_VERSION < 108200

#include <exception>
#include <utility>

namespace boost::asio::detail {

template <typename T, typename Executor>
class awaitable_async_op_handler<void(std::exception_ptr, T), Executor>
    : public awaitable_thread<Executor> {
public:
    struct result_type {
        std::exception_ptr* failure;
        T* value;
    };

    awaitable_async_op_handler(awaitable_thread<Executor>* running, result_type& result)
        : awaitable_thread<Executor>(std::move(*running)), result_(result) {}

    void operator()(std::exception_ptr failure, T value) {
        result_.failure = &failure;
        result_.value = &value;
        this->entry_point()->top_of_stack_->attach_thread(this);
        this->entry_point()->top_of_stack_->clear_cancellation_slot();
        this->pump();
    }

    static T resume(result_type& result) {
        if (*result.failure) {
            std::rethrow_exception(std::exchange(*result.failure, nullptr));
        }
        return std::move(*result.value);
    }

private:
    result_type& result_;
};

}  // namespace boost::asio::detail

#endif
