// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>

#include "base/fork_guard.hpp"
#include "base/single_flight.hpp"

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

namespace dsql::detail {

/// A function that nothing can interrupt: one of the program's, or `getaddrinfo`. It runs on a
/// thread of its own, which is left to finish by itself when all who wait for it have given up.
/// Who asks for the same in the meantime waits for that call, so that a function that hangs takes
/// one thread and not one for each attempt; what it returns when nobody waits is thrown away.
///
/// That thread uses nothing but what it shares with this object, so the object may go before it.
/// Copies share the calls under way. Safe from any thread, if the function is.
template <class T>
class foreign_function {
public:
    using function = std::function<T(const std::string&)>;

    /// Holds no function.
    foreign_function() = default;
    /// Implicit, for this is a function. One that is empty makes an empty object.
    template <std::convertible_to<function> F>
    foreign_function(F callee) {
        if (function made = std::move(callee)) {
            shared_ = std::make_shared<shared>(std::move(made));
        }
    }

    [[nodiscard]] explicit operator bool() const noexcept { return shared_ != nullptr; }

    /// Calls the function, which is not empty. On the caller's thread where no limit can strike.
    /// Throws what the function throws, `cancelled_error` or `timeout_error`.
    [[nodiscard]] T call(const std::string& argument, const call_limits& limits,
                         const activity_function& activity) const {
        if (is_unlimited(limits)) {
            return shared_->callee(argument);
        }
        throw_if_struck(limits, activity);
        const std::shared_ptr<flight<T>> call = join_call(argument);
        typename flight<T>::outcome outcome = call->wait(limits, activity);
        if (outcome.failure) {
            std::rethrow_exception(outcome.failure);
        }
        return *std::move(outcome.value);
    }

private:
    struct shared {
        explicit shared(function made) : callee(std::move(made)) {}

        const function callee;
        // A child has none of the threads on which its parent's calls are under way.
        struct under_way {
            std::mutex mutex{};
            std::map<std::string, std::shared_ptr<flight<T>>> calls{};  // guarded by mutex
        };
        per_process<under_way> calls_of_process{};
    };

    [[nodiscard]] std::shared_ptr<flight<T>> join_call(const std::string& argument) const {
        typename shared::under_way& own = shared_->calls_of_process.get();
        const std::lock_guard lock(own.mutex);
        std::shared_ptr<flight<T>>& known = own.calls[argument];
        if (!known) {
            try {
                known = std::make_shared<flight<T>>();
                std::thread([state = shared_, argument, call = known] {
                    run(*state, argument, *call);
                }).detach();
            } catch (const std::system_error& failure) {
                own.calls.erase(argument);
                throw credentials_error(std::string("no thread to ask for credentials on: ") +
                                        failure.what());
            } catch (...) {  // no memory; nobody must wait for a call that was not made
                own.calls.erase(argument);
                throw;
            }
        }
        // Whether it comes late does not matter: the work does not know of stops.
        static_cast<void>(known->join());
        return known;
    }

    static void run(shared& state, const std::string& argument, flight<T>& call) noexcept {
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
        typename shared::under_way& own = state.calls_of_process.get();
        const std::lock_guard lock(own.mutex);
        own.calls.erase(argument);
    }

    std::shared_ptr<shared> shared_;
};

}  // namespace dsql::detail
