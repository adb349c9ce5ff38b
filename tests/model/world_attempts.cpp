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

outbound::verdict said_to(stage where, int code) {
    return outbound::judge(where, smtp::reply{.code = code, .status = {}, .lines = {"said"}});
}

}  // namespace

// --- what the scheduler orders

const domain& world::script_of(const std::string& name) const {
    return *std::ranges::find(domains_, name, &domain::name);
}

const domain& world::script_of_site(const std::string& site) const {
    return *std::ranges::find(domains_, site, &domain::site);
}

void world::find_route(const std::string& name) {
    at(roll(1ms, 300ms), [this, name] {
        const auto& script = script_of(name);
        const auto how = script.at(wall());
        outbound::route_answer found;
        if (how == mood::no_name) {
            found = outbound::judge_name(name, dns::errc::not_found);
        } else if (how == mood::silent_name) {
            found = outbound::judge_name(name, dns::errc::timeout);
        } else {
            auto there = std::make_shared<outbound::route>();
            there->site = script.site;
            there->targets.push_back({.name = script.site, .port = 25, .addresses = {}});
            there->resolved_at = steady_;
            found = std::shared_ptr<const outbound::route>(std::move(there));
        }
        scheduler_->route_found(name, std::move(found), now());
    });
}

void world::connect(outbound::connection_id which, std::shared_ptr<const outbound::route> to) {
    if (left_alone_until_.contains(to->site) && steady_ < left_alone_until_[to->site]) {
        oracle_.violation("a connection to a suspended destination: " + to->site);
    }
    connections_[which] = {.site = to->site};
    const auto same = std::ranges::count_if(connections_, [&](const auto& each) {
        return each.second.site == to->site;
    });
    const auto most = limits();
    if (static_cast<std::size_t>(same) > most.destination_concurrency) {
        oracle_.violation("too many connections to " + to->site);
    }
    if (connections_.size() > most.workers) oracle_.violation("too many workers");
    at(1ms, [this, which] { scheduler_->wants_work(which, {}, now()); });
}

// One at a time: only a relayhost gets several, and there is none here.
void world::deliver(outbound::connection_id which, outbound::job together) {
    if (together.size() != 1) oracle_.violation("several domains in one attempt");
    auto what = std::move(together.front());
    ++attempts_;
    oracle_.attempt_began(what);
    const auto latency = script_of_site(connections_.at(which).site).latency;
    const auto message = message_of(what);
    at(roll(1ms, latency), [this, which, what = std::move(what), of = message] {
        if (of) finish(which, what, of);
    });
}

// As it is when an attempt begins: an operator may remove it meanwhile.
world::message_pointer world::message_of(const queue::delivery& what) {
    const auto found = store_->read(what.id);
    if (found) return *found;
    oracle_.violation("a delivery without its message: " + what.id.text());
    return nullptr;
}

void world::disconnect(outbound::connection_id which) {
    at(1ms, [this, which] {
        connections_.erase(which);
        scheduler_->ended(which, {}, now());
    });
}

void world::suspended(const outbound::destination& site, milliseconds pause) {
    left_alone_until_[site.where->site] = steady_ + pause;
}

void world::resumed(const outbound::destination& site) {
    left_alone_until_.erase(site.where->site);
}

void world::conclude(queue::backlog::slot which, queue::delivery of, outbound::verdict what) {
    oracle_.attempt_began(of);
    std::vector<recipient_verdict> said;
    for (const auto each : of.recipients)
        said.push_back({each, what});
    const auto message = message_of(of);
    at(1ms, [this, which, message, of = std::move(of), said = std::move(said)] {
        if (message) write(of, message, said, [this, which] { scheduler_->concluded(which); });
    });
}

// --- attempts

void world::finish(outbound::connection_id which, queue::delivery what, const message_pointer& of) {
    const auto site = connections_.at(which).site;
    std::vector<recipient_verdict> said;
    outbound::report last{.what = answer(site, what, *of, said)};
    if (wrong_ == mistake::believes_all_is_well) {
        for (auto& each : said)
            each.what.outcome = outbound::outcome::delivered;
    }
    if (last.what == kind::unreachable) last.why = said.front().what;
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
    const bool goes_on = last.what == kind::succeeded;
    write(std::move(what), of, said, [this, which, last, goes_on] {
        if (goes_on) {
            scheduler_->wants_work(which, last, now());
        } else {
            connections_.erase(which);
            scheduler_->ended(which, last, now());
        }
    });
}

// What the destination says of each recipient, and what that says of the destination.
kind world::answer(
    const std::string& site,
    const queue::delivery& what,
    const queue::stored_message& message,
    std::vector<recipient_verdict>& said
) {
    const auto& script = script_of_site(site);
    const auto how = script.at(wall());
    const auto to_all = [&](const outbound::verdict& same) {
        for (const auto each : what.recipients)
            said.push_back({each, same});
    };
    const auto open =
        static_cast<std::size_t>(std::ranges::count_if(connections_, [&](const auto& each) {
            return each.second.site == site;
        }));
    if (how == mood::dead) {
        to_all(outbound::judge(stage::connect, asio::error::connection_refused));
        return kind::unreachable;
    }
    if (how == mood::busy && open > script.bearable) {
        to_all(said_to(stage::banner, 421));
        return kind::no_session;
    }
    for (const auto each : what.recipients) {
        const auto& address = message.mail.recipients.at(each).address;
        if (how == mood::deferring) {
            said.push_back({each, said_to(stage::rcpt, 451)});
        } else if (address.starts_with(refused_local_part)) {
            said.push_back({each, said_to(stage::rcpt, 550)});
        } else {
            said.push_back({each, said_to(stage::eod, 250)});
            oracle_.delivered({what.id, each});
        }
    }
    return kind::succeeded;
}

// The relay's own code decides what is written; it is durable when its future says so.
void world::write(
    queue::delivery what,
    const message_pointer& of,
    const std::vector<recipient_verdict>& said,
    std::function<void()> then
) {
    auto after = outbound::conclude(
        config_,
        {.message = *of,
         .attempted = what,
         .verdicts = said,
         .now = wall(),
         .draw = std::uniform_real_distribution<double>(0, 1)(dice_),
         .bounce_id = store_->store().allocate()}
    );
    auto promise = std::make_shared<std::promise<queue::result<void>>>();
    auto result = promise->get_future();
    store_->store().settle(after.settlement, store_->home, [promise](queue::result<void> how) {
        promise->set_value(std::move(how));
    });
    const auto number = ++last_ending_;
    endings_.emplace(
        number,
        ending{
            .what = std::move(what),
            .after = std::move(after),
            .result = std::move(result),
            .then = std::move(then),
        }
    );
    at(5ms, [this, number] {
        auto done = std::move(endings_.extract(number).mapped());
        const auto how = done.result.get();
        if (how) {
            write_down(done);
        } else if (shared_ && how.error() == queue::errc::lost) {
            ++lost_;
        } else {
            oracle_.violation("a settlement failed");
        }
        take_announced();
        done.then();
    });
}

void world::write_down(ending& done) {
    for (const auto& fate : done.after.fates) {
        if (fate.what.outcome == outbound::outcome::failed) {
            oracle_.bounced({done.what.id, fate.recipient});
        }
    }
    if (done.after.settlement.bounce) oracle_.acknowledged(done.after.settlement.bounce->mail);
    oracle_.attempt_ended(done.what);
}

}  // namespace model
