// What the scheduler orders of the world, and how attempts end in it.
#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

#include "dns/error.hpp"
#include "relay/net/error.hpp"
#include "tests/model/world.hpp"

namespace model {

namespace asio = boost::asio;
using outbound::recipient_verdict;
using outbound::stage;
using kind = outbound::report::kind;

namespace {

outbound::verdict said_to(stage place, int code) {
    return outbound::judge(place, smtp::reply{.code = code, .status = {}, .lines = {"said"}});
}

}  // namespace

// --- what the scheduler orders

const domain& world::script_of(const std::string& name) const {
    return *std::ranges::find(domains_, name, &domain::name);
}

const domain& world::script_of_site(const std::string& site) const {
    const auto relayhost = std::ranges::find(relayhosts_, site, &domain::site);
    if (relayhost != relayhosts_.end()) return *relayhost;
    return *std::ranges::find(domains_, site, &domain::site);
}

void world::find_route(const outbound::route_choice& choice) {
    at(roll(1ms, 300ms),
       [this, choice] { scheduler_->route_found(choice, answer_to(choice), now()); });
}

outbound::route_answer world::answer_to(const outbound::route_choice& choice) {
    const auto& definition = routes_.find(choice.route);
    const bool relayhost = !definition.relayhosts.empty();
    auto name = relayhost ? definition.name : choice.domain;
    if (relayhost && wrong_ == mistake::crosses_relayhosts) name = relayhosts_.front().name;
    const auto& script =
        relayhost ? *std::ranges::find(relayhosts_, name, &domain::name) : script_of(name);
    const auto state = script.at(wall());
    if (state == mood::no_name || state == mood::silent_name) {
        const boost::system::error_code why =
            state == mood::no_name ? dns::errc::not_found : dns::errc::timeout;
        if (relayhost) return outbound::judge_relayhost_name(name, why);
        return outbound::judge_name(name, why);
    }
    auto result = std::make_shared<outbound::route>();
    result->key = {
        .site = script.site,
        .route = definition.name,
        .tls = definition.tls.value_or(outbound::tls_policy::may),
    };
    result->targets.push_back({.name = script.site, .port = 25, .addresses = {}});
    result->relayhost = result->any_worker = relayhost;
    result->any_domain = relayhost || wrong_ == mistake::mixes_domains;
    result->resolved_at = steady_;
    if (wrong_ == mistake::shares_by_site) {
        const auto& first = first_of_site_.try_emplace(script.site, result).first->second;
        result->key = first->key;
    }
    return result;
}

std::size_t world::open_to(const std::string& site) const {
    return static_cast<std::size_t>(std::ranges::count_if(connections_, [&](const auto& each) {
        return each.second.key.site == site;
    }));
}

void world::connect(
    outbound::connection_id connection, std::shared_ptr<const outbound::route> route
) {
    const auto name = route->key.name();
    if (left_alone_until_.contains(name) && steady_ < left_alone_until_[name]) {
        oracle_.violation("a connection to a suspended destination: " + name);
    }
    connections_[connection] = {.key = route->key};
    const auto same = std::ranges::count_if(connections_, [&](const auto& each) {
        return each.second.key == route->key;
    });
    const auto most = limits();
    if (static_cast<std::size_t>(same) > most.destination_concurrency) {
        oracle_.violation("too many connections to " + name);
    }
    if (connections_.size() > most.workers) oracle_.violation("too many workers");
    at(1ms, [this, connection] { scheduler_->wants_work(connection, {}, now()); });
}

// Each part goes by the route that the script wants; only a relayhost gets several domains.
void world::check_routes(const outbound::destination_key& key, const outbound::job& together) {
    for (const auto& part : together) {
        const auto wanted = key_of(part.id, part.domain);
        if (wanted == key) continue;
        oracle_.violation("sent by " + key.name() + " instead of " + wanted.name());
    }
    const bool relayhost =
        std::ranges::find(relayhosts_, key.site, &domain::site) != relayhosts_.end();
    if (together.size() > 1 && !relayhost) oracle_.violation("several domains in one attempt");
}

void world::deliver(outbound::connection_id connection, outbound::job together) {
    const auto& key = connections_.at(connection).key;
    check_routes(key, together);
    for (const auto& part : together) {
        ++attempts_;
        oracle_.attempt_began(part);
    }
    const auto latency = script_of_site(key.site).latency;
    const auto message = message_of(together.front());
    at(roll(1ms, latency), [this, connection, together = std::move(together), message] {
        if (message) finish(connection, together, message);
    });
}

// As it is when an attempt begins: an operator may remove it meanwhile.
world::message_pointer world::message_of(const queue::delivery& delivery) {
    const auto found = store_->read(delivery.id);
    if (found) return *found;
    oracle_.violation("a delivery without its message: " + delivery.id.text());
    return nullptr;
}

void world::disconnect(outbound::connection_id connection) {
    at(1ms, [this, connection] {
        connections_.erase(connection);
        scheduler_->ended(connection, {}, now());
    });
}

void world::suspended(const outbound::destination& site, milliseconds pause) {
    left_alone_until_[site.route->key.name()] = steady_ + pause;
}

void world::resumed(const outbound::destination& site) {
    left_alone_until_.erase(site.route->key.name());
}

void world::conclude(
    queue::backlog::slot slot, queue::delivery delivery, outbound::verdict judgement
) {
    oracle_.attempt_began(delivery);
    std::vector<recipient_verdict> verdicts;
    for (const auto each : delivery.recipients)
        verdicts.push_back({each, judgement});
    const auto message = message_of(delivery);
    at(1ms, [this, slot, message, delivery = std::move(delivery), verdicts = std::move(verdicts)] {
        if (message)
            write(delivery, message, verdicts, [this, slot] { scheduler_->concluded(slot); });
    });
}

// --- attempts

void world::finish(
    outbound::connection_id connection, outbound::job together, const message_pointer& message
) {
    const auto site = connections_.at(connection).key.site;
    outbound::report last;
    std::vector<std::vector<recipient_verdict>> verdicts(together.size());
    for (std::size_t i = 0; i < together.size(); ++i) {
        last.result = answer(site, together[i], *message, verdicts[i]);
        if (last.result == kind::unreachable) last.why = verdicts[i].front().verdict;
        if (wrong_ != mistake::believes_all_is_well) continue;
        for (auto& each : verdicts[i])
            each.verdict.outcome = outbound::outcome::delivered;
    }
    // The worst moment of all: the destination has the message, and nobody knows.
    if (crashes_after_delivery_ > 0 && roll(0ms, 30ms) == 0ms) {
        --crashes_after_delivery_;
        crash();
        return;
    }
    if (stalls_after_delivery_ > 0 && roll(0ms, 30ms) == 0ms) {
        --stalls_after_delivery_;
        stall();
    }
    const bool goes_on = last.result == kind::succeeded;
    const auto left = std::make_shared<std::size_t>(together.size());
    const auto written = [this, connection, last, goes_on, left] {
        if (--*left > 0) return;
        if (goes_on) {
            scheduler_->wants_work(connection, last, now());
        } else {
            connections_.erase(connection);
            scheduler_->ended(connection, last, now());
        }
    };
    for (std::size_t i = 0; i < together.size(); ++i)
        write(std::move(together[i]), message, verdicts[i], written);
}

// What the destination says of each recipient, and what that says of the destination.
kind world::answer(
    const std::string& site,
    const queue::delivery& delivery,
    const queue::stored_message& message,
    std::vector<recipient_verdict>& verdicts
) {
    const auto& script = script_of_site(site);
    const auto state = script.at(wall());
    const auto to_all = [&](const outbound::verdict& same) {
        for (const auto each : delivery.recipients)
            verdicts.push_back({each, same});
    };
    if (state == mood::dead) {
        to_all(outbound::judge(stage::connect, asio::error::connection_refused));
        return kind::unreachable;
    }
    if (state == mood::busy && open_to(site) > script.bearable) {
        to_all(said_to(stage::banner, 421));
        return kind::no_session;
    }
    for (const auto each : delivery.recipients) {
        const auto& address = message.mail.recipients.at(each).address;
        if (state == mood::deferring) {
            verdicts.push_back({each, said_to(stage::rcpt, 451)});
        } else if (address.starts_with(refused_local_part)) {
            verdicts.push_back({each, said_to(stage::rcpt, 550)});
        } else {
            verdicts.push_back({each, said_to(stage::eod, 250)});
            oracle_.delivered({delivery.id, each});
        }
    }
    return kind::succeeded;
}

// The relay's own code decides what is written; it is durable when its future says so.
void world::write(
    queue::delivery delivery,
    const message_pointer& message,
    const std::vector<recipient_verdict>& verdicts,
    std::function<void()> continuation
) {
    auto after = outbound::conclude(
        config_,
        {.message = *message,
         .attempted = delivery,
         .verdicts = verdicts,
         .now = wall(),
         .draw = std::uniform_real_distribution<double>(0, 1)(dice_),
         .bounce_id = store_->store().allocate()}
    );
    auto promise = std::make_shared<std::promise<queue::result<void>>>();
    auto result = promise->get_future();
    store_->store().settle(after.settlement, store_->home, [promise](queue::result<void> outcome) {
        promise->set_value(std::move(outcome));
    });
    const auto number = ++last_ending_;
    endings_.emplace(
        number,
        ending{
            .delivery = std::move(delivery),
            .after = std::move(after),
            .result = std::move(result),
            .continuation = std::move(continuation),
        }
    );
    at(5ms, [this, number] {
        auto done = std::move(endings_.extract(number).mapped());
        const auto outcome = done.result.get();
        if (outcome) {
            write_down(done);
        } else if (shared_ && outcome.error() == queue::errc::lost) {
            ++lost_;
        } else {
            oracle_.violation("a settlement failed");
        }
        take_announced();
        done.continuation();
    });
}

void world::write_down(ending& done) {
    for (const auto& fate : done.after.fates) {
        if (fate.verdict.outcome == outbound::outcome::failed) {
            oracle_.bounced({done.delivery.id, fate.recipient});
        }
    }
    if (done.after.settlement.bounce) oracle_.acknowledged(done.after.settlement.bounce->mail);
    oracle_.attempt_ended(done.delivery);
}

}  // namespace model
