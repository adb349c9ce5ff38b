// Keeps a relay's claims of a queue that it shares with others: claims what is due as far as there
// is room, renews what the scheduler has, takes from it what was lost, and gives back what won't be
// tried when the relay stops. `claim_plan` says when.
//
// What has left the scheduler is not renewed: its end is being written, and what is left of its
// lease must do for that.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <vector>

#include "queue/store.hpp"
#include "relay/outbound/bookkeeping.hpp"
#include "relay/outbound/claim_plan.hpp"
#include "relay/outbound/scheduler.hpp"
#include "relay/storage/home.hpp"

namespace kurir::outbound {

class claim_keeper {
public:
    // How many claims are renewed at once.
    static constexpr std::size_t renewal_max = 4096;

    // `books.claims` is set. `room`: as of `claim_plan`. `state` belongs to the same executor. All
    // must outlive it.
    claim_keeper(
        boost::asio::any_io_executor home,
        const bookkeeping& books,
        scheduler& state,
        std::size_t room
    );

    // Runs until `end`.
    boost::asio::awaitable<void> run();

    // Claims nothing more, and gives back what is not being tried.
    void stop();
    // Renews nothing more.
    void end();

private:
    boost::asio::awaitable<void> renew();
    boost::asio::awaitable<void> claim();
    void forget(const std::vector<queue::claimed>& lost, net::clock::time_point began);

    storage::home home_;
    const bookkeeping& books_;
    claim_guard& guard_;
    scheduler& scheduler_;
    claim_plan plan_;
    net::timer wake_;
    bool stopping_ = false;
    bool ended_ = false;
};

}  // namespace kurir::outbound
