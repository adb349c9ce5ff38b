// Ends an attempt: writes its aftermath and, once that is durable, tells the facts.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "queue/store.hpp"
#include "relay/config/live_config.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/aftermath.hpp"
#include "relay/outbound/bookkeeping.hpp"
#include "relay/storage/home.hpp"

namespace kurir::outbound {

// What is told of an attempt, besides its verdicts.
struct attempt_record {
    net::clock::time_point started{};
    std::string route = {};  // its name; empty: the default route
    std::string host = {};   // empty: no host was reached
    std::string address = {};
    std::uint16_t port = 0;
    bool reused = false;     // used a connection that was already open
    bool converted = false;  // the message was, for the host that was asked last
    // Of the connection that was used last; null: none was open.
    std::shared_ptr<const facts::remote_protection> protection = nullptr;
    queue::time_point ended{};
    std::chrono::duration<double> lasted{};
    double draw = 0;    // 0 to 1: where in the jitter range the next attempt is
    bool told = false;  // all but its failures, which were gathered, is in log and metrics
};

// An attempt that has ended and has to be written.
struct finished_attempt {
    queue::delivery attempted;
    std::shared_ptr<const queue::stored_message> message;
    std::vector<recipient_verdict> verdicts;  // one for each recipient of `attempted`
    attempt_record record;
    config::snapshot config;  // as it was when the attempt began
};

// Takes the failures of an attempt, to be settled together with others of its message
// (report_collector.hpp).
using failure_sink = std::function<void(finished_attempt, std::vector<recipient_fate>)>;

// How a settlement ended.
enum class settle_result : std::uint8_t {
    done,    // it is on disk, or `failures` was given the attempt
    lost,    // another owner of the queue has the delivery by now: the attempt was dropped, which
             // the log and a metric say, and nobody else need do anything
    closed,  // the store was closed for good: the message stays as it was
};

boost::asio::awaitable<settle_result> settle(
    const bookkeeping& books, storage::home& home, finished_attempt finished, failure_sink failures
);

// An attempt and how its recipients stand.
struct ended_attempt {
    finished_attempt attempt;
    std::vector<recipient_fate> fates;
};

// Settles attempts of one message in one write, with one bounce. If a claim among several was lost,
// each is settled alone. `ended` is not empty.
boost::asio::awaitable<settle_result> settle_together(
    const bookkeeping& books, storage::home& home, std::vector<ended_attempt> ended
);

// Settles a delivery that was not tried: there is no route, or the destination is suspended. Every
// recipient gets the same verdict. `closed` also if it could not be read: then it stays unchanged.
boost::asio::awaitable<settle_result> settle_untried(
    const bookkeeping& books,
    storage::home& home,
    config::snapshot config,
    queue::delivery untried,
    verdict verdict,
    failure_sink failures
);

// The same with a verdict for each of its recipients.
boost::asio::awaitable<settle_result> settle_untried(
    const bookkeeping& books,
    storage::home& home,
    config::snapshot config,
    queue::delivery untried,
    std::vector<recipient_verdict> verdicts,
    failure_sink failures
);

// Removes a delivery from the queue if its message is gone, or can't be read and was moved to
// quarantine: `why` says which. Otherwise it would come back at every start. Of a shared queue
// what is gone has left by another relay, and nothing is written: a server that lags behind its
// successor may say so, too, and then the message is there.
boost::asio::awaitable<void> forget(
    const bookkeeping& books,
    storage::home& home,
    queue::delivery gone,
    boost::system::error_code why
);

// True for the errors of `fetch` that mean this.
bool is_gone(const boost::system::error_code& error);

// The message of a delivery, from memory or from the store. `queue::errc::not_found`: it was
// settled or removed in the meantime, and the delivery is void.
boost::asio::awaitable<queue::result<std::shared_ptr<const queue::stored_message>>> fetch(
    queue::store& store, storage::home& home, queue::message_id id
);

}  // namespace kurir::outbound
