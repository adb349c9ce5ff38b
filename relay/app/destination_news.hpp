// Gives the dispatcher what other relays have found of destinations.
#pragma once

#include <string_view>
#include <vector>

#include "relay/control/notice_board.hpp"
#include "relay/outbound/dispatcher.hpp"

namespace kurir::app {

class destination_news final : public control::notice_taker {
public:
    // `kind`: `unreachable` or `limits`. The dispatcher must outlive this.
    destination_news(outbound::dispatcher& deliveries, queue::notice_kind kind)
        : dispatcher_(deliveries), kind_(kind) {}

    queue::notice_kind kind() const override { return kind_; }
    void take(const std::vector<queue::notice>& news) override { dispatcher_.heard(news); }
    // What was found is kept by nobody: it is over soon.
    std::vector<queue::notice> beside(const known_keys&) override { return {}; }

private:
    outbound::dispatcher& dispatcher_;
    const queue::notice_kind kind_;
};

}  // namespace kurir::app
