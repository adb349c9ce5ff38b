// Decides which message is tried when, and over which connection.
//
// It holds the schedule of everything in the queue, finds the route of what has become due, and
// gives it to the destination's connections, as many as the governor allows. Connections run on all
// I/O threads and come back for their next job; the dispatcher itself lives on one (README.md says
// why). It delivers nothing: a delivery is handed out once, and comes back through the queue when
// it was settled.
//
// `arrived` may be called from any thread; everything else on the executor given.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "queue/schedule.hpp"
#include "relay/net/task_group.hpp"
#include "relay/outbound/crew.hpp"
#include "relay/outbound/destination.hpp"
#include "relay/outbound/hand.hpp"
#include "relay/outbound/route.hpp"
#include "relay/outbound/services.hpp"

namespace kurir::outbound {

// Names one connection of one destination.
struct ticket {
    std::string site;
    std::uint64_t number = 0;
};

// What a connection tells of its last job when it asks for the next one, or ends.
struct report {
    enum class kind : std::uint8_t {
        started,      // had none yet
        succeeded,    // the server was content, whatever it said of the recipients
        throttled,    // it asked for less, or the connection was lost
        unreachable,  // no host of the destination could be reached
        nothing,      // the job says nothing of the destination
        none,         // there was no job since the last report
    };
    kind what = kind::none;
    hand_share job = {};  // the job that is over, unless there was none
    verdict why = {};     // of `unreachable`
};

class dispatcher {
public:
    // `crews`: one for each I/O thread. They and `with` must outlive the dispatcher.
    dispatcher(
        boost::asio::any_io_executor home,
        const services& with,
        dns::resolver& resolver,
        std::vector<crew*> crews
    );

    // Deliveries that became durable. They are tried when due. Any thread.
    void arrived(std::vector<queue::delivery> deliveries);

    // Takes back a delivery whose attempt broke off for a reason of our own. Any thread.
    void put_back(queue::delivery unfinished);

    // Runs until `stop`; then no job is given out any more, and it ends when all connections have.
    boost::asio::awaitable<void> run();
    void stop();

    // Brings the gauges up to date and waits for that, but not long. Any thread but the
    // dispatcher's.
    void refresh_gauges();

    // For connections: the next job, when there is one; nothing when the connection shall end.
    void next(ticket who, report last, net::answer_function<job> answer);
    void ended(ticket who, report last);

    const boost::asio::any_io_executor& executor() const noexcept { return home_; }

private:
    struct domain_state {
        std::shared_ptr<const route> where;    // empty until resolved
        std::vector<queue::delivery> waiting;  // for the route
        bool resolving = false;
    };
    struct conclusion {
        queue::delivery of;
        verdict what;
    };

    bool accepting_work() const;
    void release_due();
    void look_around();
    void make_ready(queue::delivery due);
    boost::asio::awaitable<void> resolve(std::string domain);
    destination& at(const std::shared_ptr<const route>& where);
    void pump(destination& to);
    void open_connection(destination& to);
    void suspend(destination& to);
    void conclude(queue::delivery of, verdict what);
    boost::asio::awaitable<void> conclude_without_attempt();
    void take(destination& site, const ticket& who, const report& last);
    void hand_out(const queue::delivery& which);
    void publish();
    void forget_idle();

    boost::asio::any_io_executor home_;
    const services& with_;
    router router_;
    std::vector<crew*> crews_;
    net::task_group tasks_;
    net::timer wake_;
    queue::time_point wake_at_{};
    queue::time_point next_ages_{};  // when ages are published again
    queue::schedule schedule_;
    std::unordered_map<std::string, domain_state> domains_;
    std::unordered_map<std::string, std::unique_ptr<destination>> sites_;
    std::deque<conclusion>
        conclusions_;              // to be settled without an attempt: no route, or suspended
    net::timer work_to_conclude_;  // never expires; cancelled when there is one
    std::uint64_t tickets_ = 0;
    std::size_t workers_ = 0;  // connections of all destinations
    hand hand_;                // what is ready or being tried
    bool stopping_ = false;
};

}  // namespace kurir::outbound
