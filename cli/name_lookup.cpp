// SPDX-License-Identifier: Apache-2.0
#include "name_lookup.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace dsql_cli {

namespace {

std::string to_numeric_address(const addrinfo& found) {
    std::array<char, NI_MAXHOST> text{};
    const int status = getnameinfo(found.ai_addr, found.ai_addrlen, text.data(), text.size(),
                                   nullptr, 0, NI_NUMERICHOST);
    return status == 0 ? text.data() : std::string();
}

lookup_result look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    lookup_result found{.status = getaddrinfo(host.c_str(), nullptr, &hints, &first)};
    if (found.status != 0) {
        return found;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(first, &freeaddrinfo);
    for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
        if (std::string address = to_numeric_address(*one); !address.empty()) {
            found.addresses.push_back(std::move(address));
        }
    }
    return found;
}

}  // namespace

std::optional<lookup_result> look_up_within(const std::string& host,
                                            std::chrono::milliseconds limit) {
    std::packaged_task<lookup_result()> task([host] { return look_up(host); });
    std::future<lookup_result> pending = task.get_future();
    std::thread(std::move(task)).detach();
    if (pending.wait_for(limit) != std::future_status::ready) {
        return std::nullopt;
    }
    return pending.get();
}

}  // namespace dsql_cli
