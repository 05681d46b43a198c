// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet_simulation.hpp"

#include "base/backoff.hpp"
#include "fleet/simulated_process.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace fleet {

namespace {

using processes = std::vector<std::unique_ptr<simulated_process>>;

// Longer than any fleet should take.
constexpr seconds patience{3'600};

class simulated_fleet {
public:
    simulated_fleet(const fleet_size& size, const cluster_quotas& quotas, unsigned seed,
                    seconds between_callers)
        : size_(size), between_callers_(between_callers), world_(quotas, seed) {
        dsql::detail::jitter_source().seed(seed);
    }
    ~simulated_fleet() { end_all(); }
    simulated_fleet(const simulated_fleet&) = delete;
    simulated_fleet& operator=(const simulated_fleet&) = delete;

    [[nodiscard]] simulated_world& world() noexcept { return world_; }

    // Starts `count` processes, and returns the first.
    std::size_t start(int count) {
        const std::size_t first = all_.size();
        for (int i = 0; i < count; ++i) {
            all_.push_back(
                std::make_unique<simulated_process>(world_, size_.connections, between_callers_));
            all_.back()->start();
        }
        return first;
    }
    void stop(std::size_t which) { all_[which]->stop(); }

    // Waits until all processes from `first` on have all connections. Returns whether they have.
    bool fill(std::size_t first) {
        std::size_t next = first;
        return world_.events.run_until(
            [&] {
                while (next < all_.size() && all_[next]->is_full()) {
                    ++next;
                }
                return next == all_.size();
            },
            patience);
    }

    // Starts to count.
    void begin() {
        began_ = simulated_clock::now();
        connected_ = world_.cluster.accepted();
        refused_ = world_.cluster.refused();
        world_.counts_from = event_queue::now();
        world_.gave_up = 0;
    }

    fleet_result end(bool complete, int wanted) const {
        const cluster_quotas& quotas = world_.cluster.quotas();
        return {.complete = complete,
                .seconds = seconds(simulated_clock::now() - began_).count(),
                .ideal = std::max(0.0, (wanted - quotas.burst) / quotas.per_second),
                .connected = world_.cluster.accepted() - connected_,
                .refused = world_.cluster.refused() - refused_,
                .gave_up = world_.gave_up};
    }

    // Ends all processes. Returns how many connections that has left open.
    int end_all() {
        world_.events.clear();  // first, because they use the processes
        all_.clear();
        return world_.cluster.open();
    }

    [[nodiscard]] int wanted() const noexcept { return size_.processes * size_.connections; }
    [[nodiscard]] int processes() const noexcept { return size_.processes; }

private:
    const fleet_size size_;
    const seconds between_callers_;
    simulated_world world_;
    std::vector<std::unique_ptr<simulated_process>> all_{};
    simulated_clock::time_point began_ = simulated_clock::now();
    long connected_ = 0;
    long refused_ = 0;
};

// A fleet that is complete and quiet.
void settle(simulated_fleet& fleet) {
    fleet.start(fleet.processes());
    static_cast<void>(fleet.fill(0));
    fleet.world().events.run_for(seconds(60));
    fleet.begin();
}

fleet_result start_all(simulated_fleet& fleet) {
    fleet.begin();
    const bool complete = fleet.fill(fleet.start(fleet.processes()));
    return fleet.end(complete, fleet.wanted());
}

fleet_result replace_all(simulated_fleet& fleet) {
    settle(fleet);
    for (int i = 0; i < fleet.processes(); ++i) {
        fleet.world().events.after(seconds(fleet.world().uniform(0, 10)),
                                   [&fleet, i] { fleet.stop(static_cast<std::size_t>(i)); });
    }
    const bool complete = fleet.fill(fleet.start(fleet.processes()));
    return fleet.end(complete, fleet.wanted());
}

fleet_result replace_rolling(simulated_fleet& fleet) {
    settle(fleet);
    bool complete = true;
    for (int done = 0; done < fleet.processes() && complete;) {
        const int batch = std::min((fleet.processes() + 9) / 10, fleet.processes() - done);
        for (int i = 0; i < batch; ++i) {
            fleet.stop(static_cast<std::size_t>(done + i));
        }
        complete = fleet.fill(fleet.start(batch));
        done += batch;
    }
    return fleet.end(complete, fleet.wanted());
}

fleet_result break_all(simulated_fleet& fleet) {
    settle(fleet);
    fleet.world().cluster.go_down();
    fleet.world().events.run_for(seconds(60));
    fleet.world().cluster.come_back();
    fleet.begin();
    const bool complete = fleet.fill(0);
    return fleet.end(complete, fleet.wanted());
}

fleet_result replace_connections(simulated_fleet& fleet) {
    fleet.start(fleet.processes());
    const bool complete = fleet.fill(0);
    fleet.begin();
    fleet_result result = fleet.end(complete, fleet.wanted());
    result.fewest_open = fleet.wanted();
    for (int& busiest : result.busiest_minute) {
        const auto since = simulated_clock::now();
        for (int seconds_passed = 0; seconds_passed < 3'600; seconds_passed += 5) {
            fleet.world().events.run_for(seconds(5));
            result.fewest_open = std::min(result.fewest_open, fleet.world().cluster.open());
        }
        busiest = fleet.world().cluster.busiest_minute(since);
    }
    const fleet_result after = fleet.end(complete, fleet.wanted());
    result.connected = after.connected;
    result.refused = after.refused;
    result.gave_up = after.gave_up;
    return result;
}

fleet_result run(scenario what, simulated_fleet& fleet) {
    switch (what) {
        case scenario::start:
            return start_all(fleet);
        case scenario::replacement:
            return replace_all(fleet);
        case scenario::rolling:
            return replace_rolling(fleet);
        case scenario::outage:
            return break_all(fleet);
        case scenario::lifetimes:
            break;
    }
    return replace_connections(fleet);
}

}  // namespace

fleet_result simulate(scenario what, const fleet_size& size, const cluster_quotas& quotas,
                      unsigned seed) {
    const bool is_long = what == scenario::lifetimes;
    simulated_fleet fleet(size, quotas, seed, seconds(is_long ? 120 : 5));
    fleet_result result = run(what, fleet);
    result.left_open = fleet.end_all();
    return result;
}

const char* name_of(scenario what) noexcept {
    switch (what) {
        case scenario::start:
            return "all start at once";
        case scenario::replacement:
            return "all replaced at once";
        case scenario::rolling:
            return "replaced by tenths";
        case scenario::outage:
            return "back after a minute";
        case scenario::lifetimes:
            break;
    }
    return "three hours later";
}

}  // namespace fleet
