// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>

#include "base/fork_guard.hpp"
#include "base/single_flight.hpp"
#include "errors/thread_shortage.hpp"

#include <concepts>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace dsql::aws {

/// A function of the program, which cannot be interrupted. A call with limits runs on a separate
/// thread, so that its callers can give up. When all have, the thread finishes by itself and its
/// result is discarded. A caller with an equal argument joins a running call, so that a function
/// that hangs blocks one thread and not one for each attempt.
///
/// The object may be destroyed while a call runs, because the thread uses only state that both own.
/// Copies share the running calls. Thread-safe if the function is.
template <class T>
class foreign_function {
public:
    using function = std::function<T(const std::string&)>;

    /// Constructs an object without a function.
    foreign_function() = default;
    /// Implicit, so that a function can be passed directly. An empty function gives an object
    /// without a function.
    template <std::convertible_to<function> F>
    foreign_function(F callee) {
        if (function made = std::move(callee)) {
            shared_ = std::make_shared<shared>(std::move(made));
        }
    }

    [[nodiscard]] explicit operator bool() const noexcept { return shared_ != nullptr; }

    /// Calls the function; on the caller's thread when there are no limits. Precondition: the
    /// object has a function. Throws what the function throws; `cancelled_error` or `timeout_error`
    /// when a limit is reached first; `credentials_error` when no thread can be started.
    [[nodiscard]] T call(const std::string& argument, const call_limits& limits,
                         const detail::activity_function& activity) const {
        if (detail::is_unlimited(limits)) {
            return shared_->callee(argument);
        }
        detail::throw_if_struck(limits, activity);
        const std::shared_ptr<detail::flight<T>> call = join_call(argument);
        typename detail::flight<T>::outcome outcome = call->wait(limits, activity);
        if (outcome.failure) {
            std::rethrow_exception(outcome.failure);
        }
        return *std::move(outcome.value);
    }

private:
    struct shared {
        explicit shared(function made) : callee(std::move(made)) {}

        const function callee;
        // The running calls. Each process has its own, because a forked child does not have the
        // threads of its parent.
        struct running_calls {
            std::mutex mutex{};
            std::map<std::string, std::shared_ptr<detail::flight<T>>> calls{};  // guarded by mutex
        };
        detail::per_process<running_calls> calls_of_process{};
    };

    [[nodiscard]] std::shared_ptr<detail::flight<T>> join_call(const std::string& argument) const {
        typename shared::running_calls& own = shared_->calls_of_process.get();
        const std::lock_guard lock(own.mutex);
        std::shared_ptr<detail::flight<T>>& known = own.calls[argument];
        if (!known) {
            try {
                known = std::make_shared<detail::flight<T>>();
                std::thread([state = shared_, argument, call = known] {
                    run(*state, argument, *call);
                }).detach();
            } catch (const std::system_error& failure) {
                own.calls.erase(argument);
                throw detail::thread_shortage("ask for credentials", failure);
            } catch (...) {  // out of memory: no caller may wait for a call that never started
                own.calls.erase(argument);
                throw;
            }
        }
        // A late caller needs no new call, because a stop request does not interrupt the running
        // one.
        static_cast<void>(known->join());
        return known;
    }

    static void run(shared& state, const std::string& argument, detail::flight<T>& call) noexcept {
        try {
            T value = state.callee(argument);
            forget(state, argument);
            call.succeed(std::move(value));
        } catch (...) {
            forget(state, argument);
            call.fail(std::current_exception());
        }
    }

    static void forget(shared& state, const std::string& argument) noexcept {
        typename shared::running_calls& own = state.calls_of_process.get();
        const std::lock_guard lock(own.mutex);
        own.calls.erase(argument);
    }

    std::shared_ptr<shared> shared_;
};

}  // namespace dsql::aws
