// The scheduler and the store of the relay in a simulated world: time, names, connections and
// destinations are played by a seed, and an oracle watches.
//
// The scheduler and what follows an attempt are the relay's own code. The store is either the
// relay's own, too, on a file system that forgets what was not synced when the world crashes; or a
// queue in memory that is shared by leases. Then the relay must keep its claims, and what it held
// when it crashed or was stopped for too long goes to another owner meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "relay/outbound/aftermath.hpp"
#include "relay/outbound/scheduler.hpp"
#include "tests/model/oracle.hpp"
#include "tests/model/script.hpp"
#include "tests/queue/fixture.hpp"
#include "tests/queue/shared_queue.hpp"
#include "tests/support/faulty_files.hpp"

namespace model {

using namespace kurir;
using namespace std::chrono_literals;

enum class store_kind : std::uint8_t {
    on_disk,
    in_memory,
    in_database
};  // the last two are shared

enum class mistake : std::uint8_t {
    none,
    forgets_retries,       // what was deferred is not scheduled again
    tries_twice,           // a delivery is scheduled two times
    believes_all_is_well,  // an answer counts as a delivery, whatever it says
    ignores_removals,      // what an operator removed is tried all the same
    ignores_rules,         // all mail takes the default route
    shares_by_site,        // routes with the same hosts share connections, whatever else differs
    crosses_relayhosts,    // the hosts of one relayhost are taken for another's
    mixes_domains,         // recipients of several domains share a transaction by MX, too
};

class world final : private outbound::orders {
public:
    // `wrong` is a mistake that this life's relay makes, for the oracle to notice.
    world(
        std::uint64_t seed,
        std::filesystem::path directory,
        store_kind kind,
        mistake wrong = mistake::none
    );

    // Lives until everything has come to its end, or should have.
    void run();

    const oracle& judge() const noexcept { return oracle_; }
    std::size_t crashes() const noexcept { return crashes_; }
    std::size_t attempts() const noexcept { return attempts_; }
    // Ends of attempts that came after another owner had taken the delivery over.
    std::size_t lost() const noexcept { return lost_; }
    std::chrono::hours lasted() const;

private:
    using clock = net::clock;
    using milliseconds = std::chrono::milliseconds;
    using written = std::future<queue::result<void>>;

    // An attempt, or a conclusion without one, that is being written.
    struct ending {
        queue::delivery delivery;
        outbound::aftermath after;
        written result;
        std::function<void()> continuation;
    };
    struct open_connection {
        outbound::destination_key key;
    };

    outbound::scheduler_limits limits() const;
    outbound::instant now() const { return {.steady = steady_, .wall = wall()}; }
    time_point wall() const { return time_point(milliseconds(wall_->load())); }
    void pass_to(clock::time_point time);
    void set_clocks();
    void at(milliseconds later, std::function<void()> event);
    milliseconds roll(milliseconds least, milliseconds most);

    void plan();
    void submit();
    void crash();
    void jump();
    void stall();
    void keep_claims();
    void renew_claims();
    void order();
    void tell_changes();
    void open_store();
    void take_announced();
    bool over() const;

    const domain& script_of(const std::string& name) const;
    const domain& script_of_site(const std::string& site) const;

    // How the script wants mail of this message to a domain to go: by whose hosts, by which key.
    const domain& taker_of(queue::message_id id, const std::string& name) const;
    outbound::destination_key key_of(queue::message_id id, const std::string& name) const;
    outbound::route_answer answer_to(const outbound::route_choice& choice);
    std::size_t open_to(const std::string& site) const;

    // Orders of the scheduler.
    void find_route(const outbound::route_choice& choice) override;
    void connect(outbound::connection_id connection, std::shared_ptr<const outbound::route> route)
        override;
    void deliver(outbound::connection_id connection, outbound::job together) override;
    void disconnect(outbound::connection_id connection) override;
    void conclude(queue::backlog::slot slot, queue::delivery delivery, outbound::verdict judgement)
        override;
    void give_back(std::vector<queue::claimed>) override {}  // the only node has all of each limit
    void draw_tokens(const outbound::destination_key&, queue::token_request) override {}
    void withheld(outbound::throttle) override {}
    void suspended(const outbound::destination& site, milliseconds pause) override;
    void resumed(const outbound::destination& site) override;
    void limits_found(const outbound::destination&, const outbound::found_limits&) override {}
    void waiting(const queue::delivery&, const outbound::suspension&) override {}

    using message_pointer = std::shared_ptr<const queue::stored_message>;
    message_pointer message_of(const queue::delivery& delivery);
    void check_routes(const outbound::destination_key& key, const outbound::job& together);
    void finish(
        outbound::connection_id connection, outbound::job together, const message_pointer& message
    );
    outbound::report::kind answer(
        const std::string& site,
        const queue::delivery& delivery,
        const queue::stored_message& message,
        std::vector<outbound::recipient_verdict>& verdicts
    );
    void write(
        queue::delivery delivery,
        const message_pointer& message,
        const std::vector<outbound::recipient_verdict>& verdicts,
        std::function<void()> continuation
    );
    void write_down(ending& done);

    mistake wrong_;
    dice dice_;
    std::filesystem::path directory_;
    std::vector<domain> domains_;
    std::vector<domain> relayhosts_;
    std::map<queue::message_id, std::string> tenants_;  // of the messages that were submitted
    std::map<std::string, std::shared_ptr<const outbound::route>> first_of_site_;
    const outbound::route_table routes_;
    oracle oracle_;
    config::config config_;

    // The store's threads read the wall clock.
    std::shared_ptr<std::atomic<std::int64_t>> wall_;
    clock::time_point steady_{1h};
    std::multimap<clock::time_point, std::pair<std::uint64_t, std::function<void()>>> events_;
    std::uint64_t life_number_ = 0;  // events of an earlier life do not happen

    std::shared_ptr<tests::faulty_files> files_;
    std::unique_ptr<tests::shared_queue> shared_;  // if the store is of this kind
    tests::shared_owner* sharing_ = nullptr;       // then this is `store_`
    std::unique_ptr<tests::owner> store_;
    std::size_t taken_ = 0;  // of what the store has announced in this life
    std::size_t removals_taken_ = 0;
    std::size_t moves_taken_ = 0;
    std::optional<outbound::scheduler> scheduler_;
    std::map<outbound::connection_id, open_connection> connections_;
    std::map<std::string, clock::time_point> left_alone_until_;
    std::map<std::uint64_t, ending> endings_;
    std::uint64_t last_ending_ = 0;

    std::size_t to_submit_ = 0;
    std::size_t crashes_after_delivery_ = 0;  // that are still to come
    std::size_t stalls_after_delivery_ = 0;
    std::size_t crashes_ = 0;
    std::size_t attempts_ = 0;
    std::size_t lost_ = 0;
};

}  // namespace model
