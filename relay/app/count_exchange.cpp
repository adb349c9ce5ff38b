#include "relay/app/count_exchange.hpp"

#include <cstdint>
#include <random>
#include <utility>

#include "queue/node_share.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/pause.hpp"
#include "relay/quota/word_parts.hpp"
#include "relay/storage/home.hpp"

namespace kurir::app {

namespace asio = boost::asio;

namespace {

// No other process has it.
std::uint64_t drawn_number() {
    std::random_device source;
    return (std::uint64_t(source()) << 32U) | source();
}

// What this node tells; words only if one of their parts is news.
queue::node_telling next_telling(
    std::uint64_t teller, quota::ledger& counts, inbound::submission_limits& rates
) {
    const auto counted = counts.tell(net::calendar_now());
    const auto rated = rates.tell(teller, net::clock::now());
    queue::node_telling telling{.lasting = counts.tell_lasting(teller, net::calendar_now())};
    if (!counted.is_news && !rated.is_news) return telling;
    telling.words = quota::begin_words();
    quota::add_part(*telling.words, quota::shared_counts::part_name, counted.text);
    quota::add_part(*telling.words, inbound::submission_limits::part_name, rated.text);
    return telling;
}

}  // namespace

asio::awaitable<void> exchange_counts(
    asio::any_io_executor loop,
    queue::shared_store& nodes,
    quota::ledger& counts,
    inbound::submission_limits& rates,
    metrics::store& metrics
) {
    using hearing = queue::node_hearing;
    const auto teller = drawn_number();
    storage::home home(loop);
    net::timer tick(loop);
    queue::lasting_place last;
    do {
        auto telling = next_telling(teller, counts, rates);
        bool is_first = true;
        for (bool more = true; more;) {
            telling.last = last;
            const auto heard =
                co_await storage::completed<hearing>([&](queue::completion<hearing> done) {
                    nodes.tell_nodes(std::exchange(telling, {}), home, std::move(done));
                });
            if (!heard && is_first) counts.not_heard();
            if (!heard) break;
            if (is_first) {
                counts.hear(heard->words, net::calendar_now());
                rates.hear(heard->words, net::clock::now());
                if (!heard->is_told) counts.tell_anew();
                if (!heard->is_told) rates.tell_anew();
            }
            counts.hear_lasting(*heard, net::calendar_now());
            last = heard->last;
            more = heard->more;
            if (!more) metrics.store_exchanges_total.inc();
            is_first = false;
        }
    } while (co_await net::pause_for(tick, queue::share_interval));
}

}  // namespace kurir::app
