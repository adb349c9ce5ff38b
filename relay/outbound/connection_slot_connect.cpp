// The part of a connection slot that opens connections: several addresses race, and with the one
// that answers first a session is begun.
#include "relay/net/connect.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <tuple>
#include <utility>

#include "relay/log/failure.hpp"
#include "relay/outbound/connection_slot.hpp"
#include "relay/outbound/labels.hpp"
#include "relay/outbound/race.hpp"
#include "relay/outbound/reach.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Addresses in one race. Those that are left take part in the next one.
constexpr std::size_t entrants_max = 4;

bool has_no_route(const boost::system::error_code& error) {
    namespace errors = asio::error;
    return error == errors::network_unreachable || error == errors::address_family_not_supported;
}

// From where the host is connected to, if the route says so.
std::optional<tcp::endpoint> local_end(const route& route, const host_address& host) {
    const auto& address = route.key.source.towards(host.endpoint.address());
    if (!address) return std::nullopt;
    return tcp::endpoint(*address, 0);
}

// For as long as it lives.
struct counted_while_here {
    explicit counted_while_here(metrics::gauge& counting) : gauge(counting) { gauge.inc(); }
    counted_while_here(const counted_while_here&) = delete;
    counted_while_here& operator=(const counted_while_here&) = delete;
    ~counted_while_here() { gauge.dec(); }

    metrics::gauge& gauge;
};

}  // namespace

// What came of one address: a connection, or why there is none.
struct connection_slot::dialled {
    std::optional<tcp::socket> socket = {};
    std::optional<verdict> trouble = {};
    bool is_free = false;  // it cost no time, and does not count as a host that was tried
};

// One race.
struct connection_slot::contest {
    contest(const config::config& settings, std::vector<host_address> hosts, storage::home& home)
        : config(settings),
          entrants(std::move(hosts)),
          results(entrants.size()),
          state(entrants.size()),
          changed(home.executor(), net::clock::time_point::max()) {}

    const config::config& config;
    const std::vector<host_address> entrants;
    std::vector<dialled> results;  // of those that have ended, but for losers
    race state;
    net::timer changed;  // cancelled when an entrant has ended
};

// Opens a connection to the next host that takes one. False when none is left.
asio::awaitable<bool> connection_slot::connect(attempt& attempt) {
    auto& metrics = setup_.books.metrics;
    auto& connecting = metrics.outbound_connections(metrics::connection_state::connecting);
    while (attempt.plan.may_connect(net::clock::now())) {
        contest contest(*attempt.config, next_entrants(attempt), home_);
        if (contest.entrants.empty()) co_return false;
        const auto credential = co_await find_credential();
        if (!credential) {
            // Nobody was asked, so it counts against no server.
            record_host(attempt, contest.entrants.front());
            std::ignore = attempt.plan.host_failed(credential.error(), net::clock::now());
            co_return false;
        }
        const counted_while_here counted(connecting);
        co_await race_to(contest);
        const auto winner = contest.state.winner();
        if (winner) {
            auto& result = contest.results[*winner];
            auto socket = std::move(*result.socket);
            result.trouble = co_await begin_session(
                attempt, contest.entrants[*winner], *credential, std::move(socket)
            );
        }
        const bool go_on = record(attempt, contest);
        if (client_) {
            metrics.outbound_connections_opened_total(metrics::open_result::ok).inc();
            setup_.standing.answered(*route_, contest.entrants[*winner]);
            co_return true;
        }
        if (!go_on) co_return false;
    }
    co_return false;
}

// What a race says of its hosts; those that lost come again. False if nothing else is tried.
bool connection_slot::record(attempt& attempt, contest& contest) {
    const auto count = contest.entrants.size();
    const auto winner = contest.state.winner();
    std::vector<std::size_t> failed;
    for (std::size_t at = 0; at < count; ++at) {
        if (contest.results[at].trouble) {
            if (at != winner) failed.push_back(at);
        } else if (winner != at) {
            attempt.untried.push_back(contest.entrants[at]);
        }
    }
    // It was greeted, so what it said is told, and not that another was not there.
    if (winner && contest.results[*winner].trouble) failed.push_back(*winner);
    if (failed.empty()) {
        if (winner) return true;
        // It was broken off, which proves nothing of anybody.
        dialled broken_off;
        broken_off.trouble = judge(stage::connect, asio::error::operation_aborted);
        broken_off.trouble->remote = contest.entrants.front().name;
        std::ignore = record(attempt, contest.entrants.front(), std::move(broken_off));
        return false;
    }
    bool go_on = true;
    for (const auto at : failed)
        go_on = record(attempt, contest.entrants[at], std::move(contest.results[at])) && go_on;
    return go_on;
}

// No session could be begun. False if nothing else is tried.
bool connection_slot::record(attempt& attempt, const host_address& host, dialled failed) {
    setup_.books.metrics.outbound_connections_opened_total(metrics::open_result::error).inc();
    record_host(attempt, host);
    attempt.record.protection.reset();
    if (failed.is_free) attempt.plan.next_host_is_free();
    const bool is_ours = failed.trouble->shortage.has_value();
    const bool go_on = attempt.plan.host_failed(std::move(*failed.trouble), net::clock::now());
    // A server has failed if none of its addresses is left to try.
    const auto is_same = [&](const host_address& each) {
        return server_of(each) == server_of(host);
    };
    const bool has_others = client_ && is_same(connected_to_);
    const bool is_last = !go_on || std::ranges::none_of(attempt.untried, is_same);
    if (!is_ours && !has_others && is_last) setup_.standing.failed(*route_, host);
    return go_on;
}

// The addresses that are tried now, in their order; none when none is left.
std::vector<host_address> connection_slot::next_entrants(attempt& attempt) {
    if (auto again = std::exchange(attempt.same_host, std::nullopt)) return {std::move(*again)};
    auto& untried = attempt.untried;
    if (untried.empty()) {
        using start = reachability::start;
        const bool usual = attempt.hosts.in_usual_order();
        untried = setup_.reach.in_order(
            attempt.hosts.next_equals(),
            route_->key.source.text(),
            usual ? start::where_it_worked : start::as_given
        );
    }
    const auto count = std::min({untried.size(), entrants_max, attempt.plan.hosts_left()});
    const auto end = untried.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<host_address> entrants(untried.begin(), end);
    untried.erase(untried.begin(), end);
    return entrants;
}

asio::awaitable<void> connection_slot::race_to(contest& contest) {
    const auto begun = net::clock::now();
    if (contest.entrants.size() == 1) {
        std::ignore = contest.state.next(begun);
        co_await enter(contest, 0);
    } else {
        net::task_group running(home_.executor(), log::internal_error("connect"));
        bool stopping = false;
        while (!stopping) {
            while (const auto next = contest.state.next(net::clock::now()))
                running.spawn(enter(contest, *next));
            if (contest.state.over()) break;
            contest.changed.expires_at(contest.state.next_start());
            std::ignore = co_await contest.changed.async_wait(net::as_result);
            stopping = co_await net::was_cancelled();
        }
        running.stop();
        co_await running.join();
    }
    setup_.books.metrics.delivery_stage_duration_seconds(label_of(stage::connect))
        .observe(std::chrono::duration<double>(net::clock::now() - begun).count());
}

asio::awaitable<void> connection_slot::enter(contest& contest, std::size_t entrant) {
    const auto& host = contest.entrants[entrant];
    dialled result;
    try {
        result = co_await dial(contest.config, host);
    } catch (const std::exception&) {
        log::internal_error("connect", std::current_exception());
        result.trouble = judge(stage::connect, asio::error::no_memory);
    }
    const bool late = contest.state.winner().has_value();
    const bool stopped = co_await net::was_cancelled();
    if (result.socket) {
        if (contest.state.connected(entrant)) contest.results[entrant] = std::move(result);
    } else {
        contest.state.failed();
        if (!late && !stopped) contest.results[entrant] = std::move(result);
    }
    contest.changed.cancel();
}

// A connection to one address.
asio::awaitable<connection_slot::dialled> connection_slot::dial(
    const config::config& config, const host_address& host
) {
    dialled result;
    if (auto no = unreachable_by_rule(config, *route_, host)) {
        result.trouble = std::move(no);
        result.is_free = true;
        co_return result;
    }
    const bool v6 = host.endpoint.address().is_v6();
    const auto local = local_end(*route_, host);
    const auto deadline = net::clock::now() + config.remote_connect_timeout;
    auto socket = co_await net::connect(host.endpoint, deadline, local);
    if (socket) {
        if (!local) setup_.reach.reached(v6);
        result.socket = std::move(*socket);
        co_return result;
    }
    const auto error = connect_error(socket.error(), host.endpoint);
    // What one source can't reach another may.
    if (!local && has_no_route(error)) setup_.reach.unreachable(v6);
    result.is_free = has_no_route(error) || error == net::errc::not_local;
    result.trouble = error == net::errc::not_local ? source_is_missing(local->address().to_string())
                                                   : judge(stage::connect, error);
    result.trouble->remote = host.name;
    co_return result;
}

void connection_slot::record_host(attempt& attempt, const host_address& host) {
    attempt.record.host = host.name;
    attempt.record.address = host.endpoint.address().to_string();
    attempt.record.port = host.endpoint.port();
}

// One more connection to an address that took one before.
asio::awaitable<base::result<tcp::socket, verdict>> connection_slot::dial_again(
    const attempt& attempt, const host_address& host
) {
    auto again = co_await dial(*attempt.config, host);
    if (!again.socket) co_return std::move(*again.trouble);
    co_return std::move(*again.socket);
}

}  // namespace kurir::outbound
