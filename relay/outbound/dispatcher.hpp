// Carries out the scheduler's orders: finds routes, opens connections, hands out deliveries,
// settles those that are not tried.
//
// Connections run on all I/O threads and come back for their next job. The scheduler runs on one
// thread (README.md says why), and this class is its only interface: every event is posted to that
// thread and passed to the scheduler there.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/notice.hpp"
#include "queue/shared_store.hpp"
#include "relay/config/live_config.hpp"
#include "relay/net/ask.hpp"
#include "relay/net/task_group.hpp"
#include "relay/outbound/bookkeeping.hpp"
#include "relay/outbound/claim_keeper.hpp"
#include "relay/outbound/crew.hpp"
#include "relay/outbound/job_source.hpp"
#include "relay/outbound/operator_order.hpp"
#include "relay/outbound/report_collector.hpp"
#include "relay/outbound/route_table.hpp"
#include "relay/outbound/router.hpp"
#include "relay/outbound/scheduler.hpp"
#include "relay/outbound/settle.hpp"
#include "relay/storage/home.hpp"

namespace kurir::outbound {

class dispatcher final : public job_source, private orders {
public:
    // `routes`: those of the configuration. `crews`: one for each I/O thread. All references and
    // the crews must outlive the dispatcher.
    dispatcher(
        boost::asio::any_io_executor home,
        const config::live_config& config,
        const bookkeeping& books,
        route_table& routes,
        router& hosts,
        std::vector<crew*> crews
    );

    // Reports deliveries that became durable. They are tried when due. Any thread.
    void arrived(std::vector<queue::delivery> deliveries);

    // Reports what an operator removed from the queue or rescheduled. Any thread.
    void removed(std::vector<queue::removal> removals);
    void moved(std::vector<queue::delivery> deliveries);

    // Answers why a message is still in the queue, on the dispatcher's thread. Any thread.
    void explain(queue::message_id id, std::function<void(std::vector<explanation>)> answer);

    // Calls `visit` with each delivery in the queue from slot `first` on, on the dispatcher's
    // thread and in slices, so that other work goes on in between. Answers where to go on if
    // `visit` returned false, behind that delivery, and nothing at the end. Any thread.
    using visitor = std::function<bool(const scheduler& state, queue::backlog::slot item)>;
    using next_slot = std::optional<queue::backlog::slot>;
    void browse(queue::backlog::slot first, visitor visit, net::answer_function<next_slot> answer);
    // The same of some hundred slots at once, as far as they are taken; what `visit` returns counts
    // for nothing. Answers true.
    void look_at(
        std::vector<queue::backlog::slot> items, visitor visit, net::answer_function<bool> answer
    );

    // Whoever goes through the queue and must miss nothing asks before for a mark, and then for
    // what came since, some hundreds at a time: `visit` is called with each delivery that is still
    // there, as by `look_at`. Answers the next mark; the same one: there is no more. `end_watch`
    // once for each `watch_arrivals`. Any thread.
    void watch_arrivals(net::answer_function<std::size_t> answer);
    void arrivals_since(std::size_t mark, visitor visit, net::answer_function<std::size_t> answer);
    void end_watch();

    // Calls `ask` on the dispatcher's thread, and answers true. Any thread.
    void consult(
        std::function<void(const scheduler& state)> ask, net::answer_function<bool> answer
    );

    // Answers the slots of these messages, ascending. Any thread.
    void find_slots(
        std::vector<queue::message_id> ids,
        net::answer_function<std::vector<queue::backlog::slot>> answer
    );

    // Carries out an operator's order on these deliveries, some hundreds at most, and answers when
    // it is durable. Any thread.
    void carry_out(
        std::shared_ptr<const operator_order> order,
        std::vector<order_part> parts,
        net::answer_function<order_outcome> answer
    );

    // The part of this node in the limits of a shared queue, of which nothing is tried before the
    // first call. Any thread.
    void set_nodes(queue::node_share own);

    // These suspensions, and no others, are in force from now on. Any thread.
    void set_suspensions(std::shared_ptr<const operator_suspensions> all);

    // Relays that share the queue tell each other of destinations that can't be reached, and of
    // limits that they found, by notices of these kinds: `tell` posts ours, and must not block.
    // Before `run`.
    using notice_sink = std::function<void(std::vector<queue::notice>)>;
    void tell_others(notice_sink tell) { tell_others_ = std::move(tell); }
    // Notices of these kinds, by whomever. Any thread.
    void heard(std::vector<queue::notice> news);

    // Tokens of rates that relays keep together are drawn there, which must outlive it. Before
    // `run`.
    void draw_from(queue::shared_store& shared) { shared_ = &shared; }

    // `limit` destinations at most from the name `first` on, by name. Any thread.
    void view_destinations(
        std::string first,
        std::size_t limit,
        net::answer_function<std::vector<destination_view>> answer
    );

    // Runs until `stop`; then hands out no more jobs and ends after the last connection.
    boost::asio::awaitable<void> run();
    void stop();

    // Updates the gauges and waits briefly for that. Any thread but the dispatcher's.
    void refresh_gauges();

    // For connections.
    const boost::asio::any_io_executor& executor() const noexcept override { return home_; }
    void next(
        connection_id connection,
        const report& last,
        net::answer_function<std::optional<job>> answer
    ) override;
    void finished(connection_id connection, const report& last) override;
    void ended(connection_id connection, const report& last) override;
    void put_back(job unfinished) override;
    void put_off(job untried, verdict shortage) override;
    void set_aside(job untried, std::uint64_t suspension) override;
    void report_failure(failed_attempt failure) override;

private:
    struct conclusion {
        queue::backlog::slot item;
        queue::delivery delivery;
        outbound::verdict verdict;
    };

    // Orders of the scheduler: dispatcher_orders.cpp.
    void find_route(const route_choice& choice) override;
    void connect(connection_id id, std::shared_ptr<const route> hosts) override;
    void deliver(connection_id id, job next) override;
    void disconnect(connection_id id) override;
    void conclude(queue::backlog::slot item, queue::delivery delivery, verdict verdict) override;
    void give_back(std::vector<queue::claimed> untried) override;
    void draw_tokens(const destination_key& key, queue::token_request request) override;
    void withheld(throttle reason) override;
    void suspended(const destination& site, std::chrono::milliseconds pause) override;
    void resumed(const destination& site) override;
    void limits_found(const destination& site, const found_limits& limits) override;
    void waiting(const queue::delivery& delivery, const suspension& suspension) override;
    void tell(queue::notice word, const destination& site);
    scheduler::news read_news(std::vector<queue::notice> notices) const;

    // Operators' orders: dispatcher_operator.cpp.
    struct order_run;
    // As `put_back`; lives in `home_`.
    void put_back_at_once(job unfinished);
    void browse_slice(
        queue::backlog::slot first, visitor visit, net::answer_function<next_slot> answer
    );
    boost::asio::awaitable<void> execute(std::shared_ptr<order_run> run);
    boost::asio::awaitable<void> settle_order(
        std::shared_ptr<order_run> run,
        scheduler::withdrawn taken,
        std::shared_ptr<const queue::stored_message> message
    );
    boost::asio::awaitable<settle_result> settle_as_ordered(
        const operator_order& order,
        const order_part& part,
        queue::delivery waiting,
        std::shared_ptr<const queue::stored_message> message
    );

    boost::asio::awaitable<void> ask_for_tokens(destination_key key, queue::token_request request);
    void tell_failed_draw(const queue::token_request& request, const std::string& error);
    void count_shortage(const verdict& trouble);
    void tell_missing(const route_choice& choice);
    boost::asio::awaitable<void> resolve(route_choice choice);
    boost::asio::awaitable<void> conclude_without_attempt();
    failure_sink gather_later();
    void gather(failed_attempt failure);
    void settle_reports(std::vector<report_collector::report> reports);
    void count_gathered(const ended_attempt& ended, int sign);
    boost::asio::awaitable<void> settle_report(report_collector::report failures);
    std::chrono::milliseconds until_next() const;
    void answer(connection_id id, std::optional<job> next);
    void follow_config();
    bool queue_is_open() const;
    void wake_if_sooner();
    void publish();

    boost::asio::any_io_executor home_;
    const config::live_config& config_;
    const bool captures_;  // all mail, and delivers nothing
    const bookkeeping books_;
    route_table& routes_;
    config::snapshot routes_from_;  // the configuration that has them
    router& router_;
    std::vector<crew*> crews_;
    net::task_group tasks_;
    net::timer wake_;
    net::clock::time_point wake_at_{};
    scheduler scheduler_;
    std::unordered_map<connection_id, net::answer_function<std::optional<job>>> asking_;
    std::deque<conclusion> conclusions_;  // to be settled without an attempt
    net::timer work_to_conclude_;         // never expires; cancelled when there is one
    storage::home reports_home_;
    report_collector reports_;
    notice_sink tell_others_;                      // none: nobody shares the queue
    queue::shared_store* shared_ = nullptr;        // null: nobody shares it
    std::optional<claim_keeper> claims_;           // of a queue that others share
    bool has_share_ = false;                       // of its limits
    queue::time_point next_ages_{};                // when ages are published again
    net::clock::time_point next_shortage_line_{};  // when one is logged again
    net::clock::time_point next_missing_route_line_{};
    net::clock::time_point next_draw_line_{};
    bool stopping_ = false;
};

}  // namespace kurir::outbound
