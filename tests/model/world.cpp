#include "tests/model/world.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

#include "dns/error.hpp"
#include "relay/net/error.hpp"

namespace model {

namespace asio = boost::asio;
using outbound::recipient_verdict;
using outbound::stage;
using kind = outbound::report::kind;

namespace {

constexpr auto submitting = 12h;
constexpr auto horizon = std::chrono::hours(24 * 12);
constexpr std::size_t steps_max = 3'000'000;

config::config settings() {
    config::config made;
    made.hostname = "relay.test";
    made.retry_min = 5min;
    made.retry_max = 2h;
    made.max_queue_time = 96h;
    made.bounce_full_size = 50'000;
    return made;
}

outbound::scheduler_limits limits_of(const config::config& config) {
    return {
        .workers = 12,
        .destination_concurrency = 5,
        .retry_min = config.retry_min,
        .retry_max = config.retry_max,
        .max_queue_time = config.max_queue_time,
        .connection_idle = 5s,
    };
}

outbound::verdict said_to(stage where, int code) {
    return outbound::judge(where, smtp::reply{.code = code, .status = {}, .lines = {"said"}});
}

}  // namespace

world::world(std::uint64_t seed, const std::filesystem::path& directory, mistake wrong)
    : wrong_(wrong),
      dice_(seed),
      directory_(directory),
      domains_(random_domains(dice_, tests::noon)),
      config_(settings()),
      wall_(std::make_shared<std::atomic<std::int64_t>>(tests::noon.time_since_epoch().count())),
      files_(std::make_shared<tests::faulty_files>()) {
    oracle_.clock(wall());
    open_store();
    plan();
}

void world::run() {
    const auto end = steady_ + horizon;
    std::size_t steps = 0;
    while (!over() && steady_ < end) {
        if (++steps > steps_max) {
            oracle_.violation("it never comes to rest");
            return;
        }
        auto next = steady_ + scheduler_->until_next(now());
        if (!events_.empty()) next = std::min(next, events_.begin()->first);
        pass_to(next);
        while (!events_.empty() && events_.begin()->first <= steady_) {
            const auto [life, event] = std::move(events_.begin()->second);
            events_.erase(events_.begin());
            if (life == 0 || life == life_number_) event();
        }
        scheduler_->tick(now());
    }
    oracle_.settle_accounts(domains_);
    if (store_->store().totals().messages != 0) oracle_.violation("mail is left in the queue");
    if (scheduler_->backlog().size() != 0) oracle_.violation("mail is left in the schedule");
}

std::chrono::hours world::lasted() const {
    return std::chrono::floor<std::chrono::hours>(steady_ - clock::time_point(1h));
}

bool world::over() const {
    return to_submit_ == 0 && scheduler_->backlog().size() == 0 && endings_.empty();
}

void world::pass_to(clock::time_point when) {
    const auto step = std::chrono::ceil<milliseconds>(std::max(when - steady_, clock::duration(0)));
    steady_ += step;
    wall_->fetch_add(step.count());
    oracle_.clock(wall());
}

// Does not happen any more if the world crashes before.
void world::at(milliseconds later, std::function<void()> event) {
    events_.emplace(steady_ + later, std::pair(life_number_, std::move(event)));
}

std::chrono::milliseconds world::roll(milliseconds least, milliseconds most) {
    std::uniform_int_distribution<milliseconds::rep> any(least.count(), most.count());
    return milliseconds(any(dice_));
}

// --- what happens to the relay

void world::plan() {
    const auto happen = [this](milliseconds within, void (world::*what)()) {
        const auto when = steady_ + roll(0ms, within);
        events_.emplace(when, std::pair(std::uint64_t(0), [this, what] { (this->*what)(); }));
    };
    to_submit_ = static_cast<std::size_t>(roll(1ms, 40ms).count());
    for (std::size_t i = 0; i < to_submit_; ++i)
        happen(submitting, &world::submit);
    for (auto n = roll(0ms, 3ms).count(); n > 0; --n)
        happen(36h, &world::crash);
    crashes_after_delivery_ = static_cast<std::size_t>(roll(0ms, 2ms).count());
    if (roll(0ms, 2ms) == 0ms) happen(36h, &world::jump);
}

void world::submit() {
    --to_submit_;
    const auto id = store_->store().allocate();
    queue::submission made;
    made.mail.id = id;
    made.mail.reverse_path = "sender@" + domains_.front().name;
    made.mail.received_at = wall();
    made.last_chunk = "Subject: x\r\n\r\nbody\r\n";
    made.mail.size = made.last_chunk.size();
    made.mail.header_size = 14;
    made.mail.chunks = 1;
    std::map<std::string, queue::delivery> by_domain;
    const auto count = static_cast<std::uint32_t>(roll(1ms, 4ms).count());
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto which =
            static_cast<std::size_t>(roll(0ms, milliseconds(domains_.size() - 1)).count());
        const bool refused = roll(0ms, 5ms) == 0ms;
        const auto& name = domains_[which].name;
        made.mail.recipients.push_back(
            (refused ? refused_local_part : "user") + std::to_string(i) + "@" + name
        );
        auto& part = by_domain[name];
        part.id = id;
        part.due = part.received_at = wall();
        part.domain = name;
        part.size = made.mail.size;
        part.sender = "sender";
        part.priority = static_cast<queue::priority>(roll(0ms, 2ms).count());
        part.recipients.push_back(i);
    }
    for (auto& [name, part] : by_domain)
        made.deliveries.push_back(std::move(part));
    const auto mail = made.mail;
    if (store_->commit(std::move(made))) oracle_.acknowledged(mail);
    take_announced();
}

void world::crash() {
    ++crashes_;
    scheduler_.reset();
    store_->close();
    // What the store had been given was written, or never will be.
    for (auto& [number, each] : endings_) {
        if (each.result.get()) write_down(each);
    }
    endings_.clear();
    store_.reset();
    files_->forget_unsynced();
    connections_.clear();
    left_alone_until_.clear();
    oracle_.crashed();
    pass_to(steady_ + roll(10ms, 2h));
    open_store();
}

// The wall clock is set by up to a day; the steady one goes on.
void world::jump() {
    wall_->fetch_add(roll(-24h, 24h).count());
    oracle_.clock(wall());
}

void world::open_store() {
    ++life_number_;
    queue::store_options options;
    options.now = [wall = wall_] { return time_point(milliseconds(wall->load())); };
    store_.emplace(directory_, std::move(options), files_);
    scheduler_.emplace(limits_of(config_), static_cast<outbound::orders&>(*this));
    taken_ = 0;
    store_->start();
    take_announced();
}

void world::take_announced() {
    auto all = store_->seen.deliveries(0);
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ += all.size();
    if (wrong_ == mistake::forgets_retries) {
        std::erase_if(all, [](const queue::delivery& each) { return each.attempts > 0; });
    } else if (wrong_ == mistake::tries_twice && !all.empty()) {
        all.push_back(all.front());
    }
    scheduler_->arrived(std::move(all), now());
}

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
    const auto limits = limits_of(config_);
    if (static_cast<std::size_t>(same) > limits.destination_concurrency) {
        oracle_.violation("too many connections to " + to->site);
    }
    if (connections_.size() > limits.workers) oracle_.violation("too many workers");
    at(1ms, [this, which] { scheduler_->wants_work(which, {}, now()); });
}

// One at a time: only a relayhost gets several, and there is none here.
void world::deliver(outbound::connection_id which, outbound::job together) {
    if (together.size() != 1) oracle_.violation("several domains in one attempt");
    auto what = std::move(together.front());
    ++attempts_;
    oracle_.attempt_began(what);
    const auto latency = script_of_site(connections_.at(which).site).latency;
    at(roll(1ms, latency), [this, which, what = std::move(what)] { finish(which, what); });
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
    at(1ms, [this, which, of = std::move(of), said = std::move(said)] {
        write(of, said, [this, which] { scheduler_->concluded(which); });
    });
}

// --- attempts

void world::finish(outbound::connection_id which, queue::delivery what) {
    const auto site = connections_.at(which).site;
    const auto message = store_->read(what.id);
    if (!message) {
        oracle_.violation("a delivery without its message: " + what.id.text());
        return;
    }
    std::vector<recipient_verdict> said;
    outbound::report last{.what = answer(site, what, **message, said)};
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
    const bool goes_on = last.what == kind::succeeded;
    write(std::move(what), said, [this, which, last, goes_on] {
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
        return kind::throttled;
    }
    for (const auto each : what.recipients) {
        const auto& address = message.mail.recipients.at(each);
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
    queue::delivery what, const std::vector<recipient_verdict>& said, std::function<void()> then
) {
    const auto message = store_->read(what.id);
    if (!message) {
        oracle_.violation("a message went before its end: " + what.id.text());
        return;
    }
    auto after = outbound::conclude(
        config_,
        {.message = **message,
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
        if (!done.result.get()) oracle_.violation("a settlement failed");
        write_down(done);
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
