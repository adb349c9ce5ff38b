#include "tests/model/world.hpp"

#include <algorithm>
#include <utility>

#include "tests/outbound/settlement_settings.hpp"
#include "tests/queue/memory_owner.hpp"
#include "tests/queue/postgres_owner.hpp"
#include "tests/support/route_rules.hpp"

namespace model {

namespace {

constexpr auto submitting = 12h;
constexpr auto horizon = std::chrono::hours(24 * 12);
constexpr std::size_t steps_max = 3'000'000;

// Of a shared queue.
constexpr std::chrono::milliseconds lease = 10min;
constexpr std::chrono::milliseconds claim_interval = 1min;
constexpr std::size_t room = 1000;

// The tenants of the world. Each takes a route of its own.
const std::string by_mx = "by mx";
const std::string strictly = "strict";
const std::string relayhost_names[] = {"hub0", "hub1"};

// Some mail takes a relayhost, some asks more of the hosts that others use, too.
outbound::route_table routes(mistake wrong) {
    if (wrong == mistake::ignores_rules) return outbound::route_table();
    std::vector<outbound::route_definition> named{
        {.name = strictly, .tls = outbound::tls_policy::verify}
    };
    std::string rules = "from=@" + strictly + " -> " + strictly;
    for (const auto& name : relayhost_names) {
        named.push_back({.name = name, .relayhosts = {{.host = name}}});
        rules += "\nfrom=@" + name + " -> " + name;
    }
    return outbound::route_table({}, std::move(named), tests::rules_of(rules));
}

}  // namespace

outbound::scheduler_limits world::limits() const {
    return {
        .workers = 12,
        .destination_concurrency = 5,
        .retry_min = config_.retry_min,
        .retry_max = config_.retry_max,
        .max_queue_time = config_.max_queue_time,
        .connection_idle = 5s,
    };
}

world::world(std::uint64_t seed, std::filesystem::path directory, store_kind kind, mistake wrong)
    : wrong_(wrong),
      dice_(seed),
      directory_(std::move(directory)),
      domains_(random_domains(dice_, tests::noon)),
      routes_(routes(wrong)),
      config_(tests::settlement_settings("relay.test")),
      wall_(std::make_shared<std::atomic<std::int64_t>>(tests::noon.time_since_epoch().count())),
      files_(std::make_shared<tests::faulty_files>()) {
    for (const auto& name : relayhost_names)
        relayhosts_.push_back(random_relayhost(dice_, tests::noon, name));
    if (kind == store_kind::in_memory) {
        shared_ = std::make_unique<tests::memory_shared_queue>(lease);
    } else if (kind == store_kind::in_database) {
        shared_ = std::make_unique<tests::postgres_queue>(lease);
    }
    set_clocks();
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
    oracle_.settle_accounts(
        [this](const oracle::recipient& addressee, const std::string& address) -> const domain& {
            return taker_of(addressee.first, address.substr(address.find('@') + 1));
        }
    );
    if (store_->totals().messages != 0) oracle_.violation("mail is left in the queue");
    if (scheduler_->backlog().size() != 0) oracle_.violation("mail is left in the schedule");
}

std::chrono::hours world::lasted() const {
    return std::chrono::floor<std::chrono::hours>(steady_ - clock::time_point(1h));
}

bool world::over() const {
    if (to_submit_ > 0 || scheduler_->backlog().size() > 0 || !endings_.empty()) return false;
    // What nobody has claimed is in no schedule.
    return !shared_ || store_->totals().messages == 0;
}

void world::pass_to(clock::time_point time) {
    const auto step = std::chrono::ceil<milliseconds>(std::max(time - steady_, clock::duration(0)));
    steady_ += step;
    wall_->fetch_add(step.count());
    set_clocks();
}

void world::set_clocks() {
    oracle_.clock(wall());
    if (shared_) shared_->set_clock(wall());
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

const domain& world::taker_of(queue::message_id id, const std::string& name) const {
    const auto tenant = tenants_.find(id);
    if (tenant != tenants_.end()) {
        const auto found = std::ranges::find(relayhosts_, tenant->second, &domain::name);
        if (found != relayhosts_.end()) return *found;
    }
    return script_of(name);
}

outbound::destination_key world::key_of(queue::message_id id, const std::string& name) const {
    const auto tenant = tenants_.find(id);  // bounces have none, and go by MX
    outbound::destination_key key{.site = taker_of(id, name).site};
    if (tenant == tenants_.end() || tenant->second == by_mx) return key;
    key.route = tenant->second;
    if (key.route == strictly) key.tls = outbound::tls_policy::verify;
    return key;
}

void world::plan() {
    const auto happen = [this](milliseconds within, void (world::*action)()) {
        const auto time = steady_ + roll(0ms, within);
        events_.emplace(time, std::pair(std::uint64_t(0), [this, action] { (this->*action)(); }));
    };
    to_submit_ = static_cast<std::size_t>(roll(1ms, 40ms).count());
    for (std::size_t i = 0; i < to_submit_; ++i)
        happen(submitting, &world::submit);
    for (auto n = roll(0ms, 3ms).count(); n > 0; --n)
        happen(36h, &world::crash);
    crashes_after_delivery_ = static_cast<std::size_t>(roll(0ms, 2ms).count());
    if (shared_) {
        for (auto n = roll(0ms, 2ms).count(); n > 0; --n)
            happen(36h, &world::stall);
        stalls_after_delivery_ = static_cast<std::size_t>(roll(0ms, 2ms).count());
    } else if (roll(0ms, 2ms) == 0ms) {
        happen(36h, &world::jump);
    }
    for (auto n = roll(0ms, 3ms).count(); n > 0; --n)
        happen(36h, &world::order);
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
    const std::string tenants[] = {by_mx, strictly, relayhost_names[0], relayhost_names[1]};
    const auto& tenant = tenants_[id] = tenants[roll(0ms, milliseconds(3)).count()];
    std::map<std::string, queue::delivery> by_domain;
    const auto count = static_cast<std::uint32_t>(roll(1ms, 4ms).count());
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto index =
            static_cast<std::size_t>(roll(0ms, milliseconds(domains_.size() - 1)).count());
        const bool refused = roll(0ms, 5ms) == 0ms;
        const auto& name = domains_[index].name;
        made.mail.recipients.push_back(
            {(refused ? refused_local_part : "user") + std::to_string(i) + "@" + name}
        );
        auto& part = by_domain[name];
        part.id = id;
        part.due = part.received_at = wall();
        part.domain = name;
        part.size = made.mail.size;
        part.tenant = part.sender_domain = tenant;
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
    if (sharing_ != nullptr) sharing_->die();
    store_->close();
    // What the store had been given was written, or never will be.
    for (auto& [number, each] : endings_) {
        if (each.result.get()) write_down(each);
    }
    endings_.clear();
    sharing_ = nullptr;
    store_.reset();
    files_->forget_unsynced();
    connections_.clear();
    first_of_site_.clear();
    left_alone_until_.clear();
    oracle_.crashed();
    pass_to(steady_ + roll(10ms, 2h));
    open_store();
}

// The wall clock is set by up to a day; the steady one goes on.
void world::jump() {
    wall_->fetch_add(roll(-24h, 24h).count());
    set_clocks();
}

// The relay is stopped for longer than its claims last, and does not know it. Another owner takes
// what is due, and gives it back.
void world::stall() {
    oracle_.crashed();
    const auto other = shared_->make_owner();
    pass_to(steady_ + lease + roll(0ms, 30min));
    other->claim(room);
    std::vector<queue::claimed> taken;
    for (const auto& each : other->seen.deliveries(0))
        taken.push_back({.id = each.id, .entry = each.entry, .fence = each.fence});
    other->release(std::move(taken));
    renew_claims();
}

// What a relay has to do for a queue that it shares.
void world::keep_claims() {
    renew_claims();
    store_->claim(room);
    take_announced();
    at(claim_interval, [this] { keep_claims(); });
}

void world::renew_claims() {
    const auto& backlog = scheduler_->backlog();
    std::vector<queue::claimed> held;
    backlog.each([&](queue::backlog::slot slot) {
        const auto each = backlog.at(slot);
        held.push_back({.id = each.id, .entry = each.entry, .fence = each.fence});
    });
    std::vector<queue::removal> gone;
    for (const auto& each : store_->renew(std::move(held)).value())
        gone.push_back({.id = each.id, .entry = each.entry});
    scheduler_->removed(std::move(gone));
}

// An operator removes mail, or wants it tried at once.
void world::order() {
    // What is being written is known to nobody yet: the next moment will do.
    if (!endings_.empty()) {
        events_.emplace(steady_ + 1ms, std::pair(std::uint64_t(0), [this] { order(); }));
        return;
    }
    const auto index =
        static_cast<std::size_t>(roll(0ms, milliseconds(domains_.size() - 1)).count());
    const std::string name = domains_[index].name;
    queue::bulk_order wanted{.action = queue::bulk_action::remove, .operator_name = "operator"};
    switch (roll(0ms, 5ms).count()) {
        case 0:
        case 1:
            wanted.selection.destination = name;
            oracle_.removed([&](const auto& address) { return address.ends_with("@" + name); });
            break;
        case 2:
            wanted.selection.recipient = "user0@" + name;
            oracle_.removed([&](const auto& address) { return address == "user0@" + name; });
            break;
        case 3:
            oracle_.removed([](const auto&) { return true; });
            break;
        default:
            wanted.action = queue::bulk_action::flush;
            wanted.due = wall();
            left_alone_until_.clear();
    }
    if (!store_->bulk(std::move(wanted)).outcome) oracle_.violation("an order failed");
    tell_changes();
}

void world::tell_changes() {
    auto removed = store_->seen.removed();
    removed.erase(removed.begin(), removed.begin() + static_cast<std::ptrdiff_t>(removals_taken_));
    removals_taken_ += removed.size();
    if (wrong_ != mistake::ignores_removals) scheduler_->removed(std::move(removed));
    auto moved = store_->seen.moved();
    moved.erase(moved.begin(), moved.begin() + static_cast<std::ptrdiff_t>(moves_taken_));
    moves_taken_ += moved.size();
    scheduler_->moved(std::move(moved), now());
}

void world::open_store() {
    ++life_number_;
    scheduler_.emplace(limits(), routes_, static_cast<outbound::orders&>(*this));
    taken_ = removals_taken_ = moves_taken_ = 0;
    if (shared_) {
        auto made = shared_->make_owner();
        sharing_ = made.get();
        store_ = std::move(made);
        keep_claims();
        return;
    }
    queue::store_options options;
    options.now = [wall = wall_] { return time_point(milliseconds(wall->load())); };
    auto made = std::make_unique<tests::life>(directory_, std::move(options), files_);
    made->start();
    store_ = std::move(made);
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

}  // namespace model
