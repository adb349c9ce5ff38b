// Asks a running relay by its API: for the commands of operators.
//
// Blocks. Each request has a connection of its own; certificates that are trusted are read once, at
// the first request that needs them.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "relay/admin/address.hpp"
#include "relay/base/result.hpp"

namespace kurir::net {
class http_client;
}

namespace kurir::admin {

// Belongs to one thread.
class client {
public:
    // Longer than any answer takes.
    static constexpr auto patience = std::chrono::seconds(60);

    explicit client(address relay) : relay_(std::move(relay)) {}
    // `time_left`: is asked at each request to a URL how long it may take, `patience` at most.
    client(address relay, std::function<std::chrono::nanoseconds()> time_left)
        : relay_(std::move(relay)), time_left_(std::move(time_left)) {}

    struct reply {
        unsigned status = 0;
        std::string body;
        bool good() const noexcept { return status / 100 == 2; }
    };
    // Or why there is no answer, as a sentence.
    base::result<reply, std::string> ask(
        std::string_view method, const std::string& target, std::string body = {}
    );

private:
    const address relay_;
    const std::function<std::chrono::nanoseconds()> time_left_ = [] { return patience; };
    std::shared_ptr<const net::http_client> http_;  // null until it is needed
};

}  // namespace kurir::admin
