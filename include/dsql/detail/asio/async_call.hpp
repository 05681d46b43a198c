// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>
#include <dsql/detail/asio/awaitable_of_exception_ptr.hpp>
#include <dsql/detail/asio/running_operation.hpp>
#include <dsql/operation.hpp>
#include <dsql/result.hpp>
#include <dsql/rows.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace dsql {

namespace detail {

/// What a handler gets beside an exception.
template <class R>
struct empty_result {
    static_assert(std::default_initializable<R>,
                  "the result of an asynchronous call needs a default constructor, because its "
                  "handler gets one beside an exception");
    static R make() { return R(); }
};
template <>
struct empty_result<result> {
    static result make() { return result(nullptr); }
};
template <class... Ts>
struct empty_result<rows<Ts...>> {
    static rows<Ts...> make() { return rows<Ts...>(); }
};
template <>
struct empty_result<batch_results> {
    static batch_results make() { return batch_results(std::vector<result>()); }
};

/// The signature of a handler.
template <class R>
struct handler_signature {
    using type = void(std::exception_ptr, R);
};
template <>
struct handler_signature<void> {
    using type = void(std::exception_ptr);
};

/// Gives what an operation has begun its executor.
template <class Made>
struct with_executor {
    boost::asio::any_io_executor executor;

    template <class Begun>
    Made operator()(Begun begun) const {
        return Made(std::move(begun), executor);
    }
};

/// Returns what it is given.
struct as_it_is {
    template <class T>
    T operator()(T result) const {
        return result;
    }
};

}  // namespace detail

/// A call that has not begun. `co_await` it in a coroutine of Boost.Asio, or give it a completion
/// token: `call(boost::asio::use_future)`, `call([](std::exception_ptr failure, T result) { ...
/// })`. It begins then, and ends by passing its result, or the exception that the blocking function
/// would have thrown, to the handler, on the handler's associated executor.
///
/// It owns its statement and its values. A cancellation of the type `terminal`, by the handler's
/// cancellation slot, ends it with `cancelled_error`; so does a stop token of its limits. Movable;
/// belongs to one thread at a time.
template <class R, class U = R, class Finish = detail::as_it_is>
class [[nodiscard]] async_call {
public:
    /// `fallback` runs it where the handler has no executor of its own.
    async_call(operation<U> work, Finish finish, boost::asio::any_io_executor fallback)
        : work_(std::move(work)), finish_(std::move(finish)), fallback_(std::move(fallback)) {}

    /// The type of the executor.
    using executor_type = boost::asio::any_io_executor;
    /// What runs it where the handler has no executor of its own. A parallel group of calls asks
    /// for it.
    [[nodiscard]] const executor_type& get_executor() const noexcept { return fallback_; }

    /// Begins it.
    template <boost::asio::completion_token_for<typename detail::handler_signature<R>::type> Token>
    auto operator()(Token&& token) && {
        return boost::asio::async_initiate<Token, typename detail::handler_signature<R>::type>(
            [](auto handler, operation<U> work, Finish finish,
               const boost::asio::any_io_executor& fallback) {
                using running = detail::running_operation<decltype(handler), R, U, Finish>;
                const auto memory = boost::asio::get_associated_allocator(
                    handler, boost::asio::recycling_allocator<void>());
                std::allocate_shared<running>(memory, std::move(handler), std::move(work),
                                              std::move(finish), fallback)
                    ->start();
            },
            token, std::move(work_), std::move(finish_), std::move(fallback_));
    }

private:
    operation<U> work_;
    Finish finish_;
    boost::asio::any_io_executor fallback_;
};

}  // namespace dsql
