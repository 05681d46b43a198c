// SPDX-License-Identifier: Apache-2.0
#include "fleet/simulated_process.hpp"

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>

#include "base/waker.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace fleet {

namespace {

using namespace std::chrono_literals;
using dsql::detail::connect_end;

// How long callers use a connection.
constexpr seconds use_time{0.02};

// Like the allowance of a pool with default options, see connection_rate.
constexpr double allowed_per_second = 100;
constexpr double allowed_burst = 900;

// As in one region: half of all connects take less than 16 ms, and one in a hundred 80 ms.
double connect_time(simulated_world& world) {
    return 0.016 * std::lognormal_distribution<double>(0, 0.7)(world.random);
}

dsql::detail::pool_limits limits_for(int connections) {
    return {.max_connections = connections,
            .min_connections = connections,
            .max_lifetime = 55min,
            .lifetime_jitter = 0.1,
            .max_idle_time = 10min,
            .health_check_period = 1min,
            .acquire_timeout = 30s};
}

connect_end end_after(answer given) {
    switch (given) {
        case answer::accepted:
            return connect_end::connected;
        case answer::unreachable:
            return connect_end::failed;
        case answer::rate_exceeded:
        case answer::too_many_connections:
            break;
    }
    return connect_end::refused;
}

}  // namespace

struct simulated_process::connecting {
    engine::connect_operation steps;
    time_of_wait began{};
    bool is_paused = false;
};

// The use of a connection, which the destructor returns. A closed pool lives until then.
class simulated_process::use {
public:
    use(engine& of, simulated_connection* used) noexcept : pool_(of), used_(used) {}
    ~use() { pool_.release(used_); }
    use(const use&) = delete;
    use& operator=(const use&) = delete;

private:
    engine& pool_;
    simulated_connection* const used_;
};

// A caller that acquires a connection, uses it for a moment and returns it.
class simulated_process::caller : public dsql::detail::waker,
                                  public std::enable_shared_from_this<caller> {
public:
    explicit caller(simulated_process& of) : process_(of) {}

    void begin() {
        acquire_.emplace(*process_.pool_, dsql::call_limits(), dsql::source_location(), nullptr,
                         *this);
        step_at(acquire_->until());
        step();
    }

    void wake() noexcept override { step_at(event_queue::now()); }

private:
    void step_at(time_of_wait time) {
        process_.world_.events.at(time, [self = shared_from_this()] { self->step(); });
    }

    void step() {
        if (!acquire_) {
            return;
        }
        try {
            if (simulated_connection* const got = acquire_->step()) {
                acquire_.reset();
                // Its end releases the connection, also when the simulation ends before.
                process_.world_.events.after(
                    use_time, [used = std::make_shared<use>(*process_.pool_, got)] {});
            }
        } catch (const dsql::error&) {
            acquire_.reset();
            const bool counts = began_ >= process_.world_.counts_from && !process_.is_stopped_;
            process_.world_.gave_up += counts ? 1 : 0;
        }
    }

    simulated_process& process_;
    const time_of_wait began_ = event_queue::now();
    std::optional<engine::acquire_operation> acquire_{};
};

simulated_process::simulated_process(simulated_world& in, int connections, seconds between_callers)
    : world_(in),
      connections_(connections),
      between_callers_(between_callers),
      pace_(allowed_per_second, allowed_burst) {}

simulated_process::~simulated_process() {
    stop();
}

void simulated_process::start() {
    const engine::factory connects{
        .make = [](const std::stop_token&, bool&) { return engine::entry_owner(); },
        .is_transient = [](const std::exception&) { return true; },
        .run =
            [this](const engine::connect_operation& steps) {
                await_turn(std::make_shared<connecting>(connecting{.steps = steps}));
            }};
    pool_ = std::make_shared<engine>(limits_for(connections_), connects,
                                     [this] { maintain_at(event_queue::now()); });
    maintain_at(event_queue::now());
    call();
}

void simulated_process::stop() {
    is_stopped_ = true;
    if (pool_) {
        pool_->close();
    }
}

int simulated_process::open() const {
    if (!pool_) {
        return 0;
    }
    const dsql::pool_stat stat = pool_->stat();
    return stat.total_connections - stat.constructing_connections;
}

// Called with the pool's lock held.
void simulated_process::maintain_at(time_of_wait time) {
    if (time < next_round_) {
        next_round_ = time;
        world_.events.at(time, [this, time] {
            if (time == next_round_) {
                maintain();
            }
        });
    }
}

void simulated_process::maintain() {
    next_round_ = time_of_wait::max();
    if (!is_stopped_) {
        const auto pause =
            pool_->maintain([](const dsql::source_location&, std::chrono::milliseconds) {});
        maintain_at(event_queue::now() + pause);
    }
}

void simulated_process::call() {
    if (!is_stopped_) {
        std::make_shared<caller>(*this)->begin();
        world_.events.after(between_callers_ * world_.uniform(0.5, 1.5), [this] { call(); });
    }
}

void simulated_process::await_turn(const std::shared_ptr<connecting>& one) {
    one->is_paused = true;
    paused_.push_back(one);
    world_.events.at(one->steps.reserve_turn(), [this, one] {
        if (one->is_paused) {
            take_turn(one);
        }
    });
}

void simulated_process::take_turn(const std::shared_ptr<connecting>& one) {
    one->is_paused = false;
    std::erase(paused_, one);
    if (one->steps.begin()) {
        queue_.push_back(one);
        begin_connects();
    }
}

void simulated_process::take_turns_early() {
    const auto paused = paused_;  // a copy, because the turns change it
    for (const std::shared_ptr<connecting>& one : paused) {
        if (one->is_paused && one->steps.may_begin_early()) {
            take_turn(one);
        }
    }
}

void simulated_process::begin_connects() {
    while (!queue_.empty() && !is_stopped_) {
        const auto now = event_queue::now();
        const auto at = pace_.next(now);
        if (at > now) {
            if (at < next_begin_ || next_begin_ <= now) {
                next_begin_ = at;
                world_.events.at(at, [this] { begin_connects(); });
            }
            return;
        }
        const std::shared_ptr<connecting> first = queue_.front();
        queue_.pop_front();
        pace_.begin(now);
        first->began = now;
        send(first);
    }
}

void simulated_process::send(const std::shared_ptr<connecting>& one) {
    const double time = connect_time(world_);
    world_.events.after(seconds(0.7 * time), [this, one, time] {
        const answer given = world_.cluster.connect();
        world_.events.after(seconds(0.3 * time), [this, one, given] { receive(one, given); });
    });
}

void simulated_process::receive(const std::shared_ptr<connecting>& one, answer given) {
    pace_.end(end_after(given), one->began, event_queue::now());
    if (given == answer::accepted) {
        one->steps.succeeded(std::make_unique<simulated_connection>(world_.cluster));
        take_turns_early();
    } else {
        try {
            throw std::runtime_error("refused");
        } catch (const std::exception& failure) {
            if (one->steps.failed(failure.what(), true)) {
                await_turn(one);
            }
        }
    }
    begin_connects();
}

}  // namespace fleet
