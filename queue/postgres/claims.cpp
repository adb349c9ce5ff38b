#include "queue/postgres/claims.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "queue/codec.hpp"
#include "queue/failpoint.hpp"
#include "queue/postgres/claim_statements.hpp"
#include "queue/postgres/columns.hpp"
#include "queue/postgres/drawn_rate_statements.hpp"
#include "queue/postgres/lane_claims.hpp"
#include "queue/postgres/node_statements.hpp"
#include "queue/postgres/notice_statements.hpp"
#include "queue/postgres/statements.hpp"
#include "queue/postgres/stuck_sessions.hpp"

namespace kurir::queue::postgres {

using namespace std::chrono_literals;

namespace {

using steady = std::chrono::steady_clock;

constexpr auto watch_interval = 1s;      // between looks at sums and ids
constexpr auto cleaning_interval = 10s;  // between looks for what nobody needs any more
// A body may take that long to arrive, too.
constexpr auto remembered = sql::batches_remembered;
constexpr std::chrono::milliseconds names_remembered = std::chrono::days(31);
constexpr std::chrono::milliseconds events_kept = std::chrono::days(30);
constexpr std::chrono::milliseconds drawn_remembered = std::chrono::days(2);

entry_names names_of(const std::vector<claimed>& held) {
    entry_names names;
    for (const auto& each : held)
        names.add(each.id, each.entry, each.fence);
    return names;
}

}  // namespace

claims::claims(
    const options& settings,
    const claimant& self,
    recent_cache& recent,
    id_blocks& ids,
    std::function<void(const store_totals&)> note_totals,
    std::function<void()> disconnected
)
    : settings_(settings),
      self_(self),
      recent_(recent),
      ids_(ids),
      note_totals_(std::move(note_totals)),
      disconnected_(std::move(disconnected)),
      sums_(settings) {}

void claims::start(std::unique_ptr<connection> database, delivery_listener listener) {
    database_ = std::move(database);
    listener_ = std::move(listener);
    take_over_at_ = steady::now() + settings_.take_over_pause;
    thread_.start([this] { run(); });
}

void claims::stop(bool leaving) {
    {
        const auto lock = thread_.lock();
        leaving_ = leaving;
    }
    thread_.stop();
    orders late;
    {
        const auto lock = thread_.lock();
        late = std::exchange(inbox_, {});
    }
    late.end_unanswered();
}

void claims::orders::end_unanswered() {
    for (auto& each : claims)
        each.end(errc::closed);
    for (auto& each : renewals)
        each.end(errc::closed);
    for (auto& each : takings)
        each.end(errc::closed);
    for (auto& each : looks)
        each.set_value();
}

template <class Call>
void claims::give(std::vector<Call> orders::* line, Call given) {
    {
        const auto lock = thread_.lock();
        if (thread_.active(lock)) {
            (inbox_.*line).push_back(std::move(given));
            thread_.wake_one();
            return;
        }
    }
    given.end(errc::closed);
}

void claims::claim(claim_order wanted, completion_queue& home, completion<std::size_t> done) {
    give(&orders::claims, claiming{std::move(wanted), &home, std::move(done)});
}

void claims::renew(
    std::vector<claimed> held, completion_queue& home, completion<std::vector<claimed>> lost
) {
    give(&orders::renewals, renewal{std::move(held), &home, std::move(lost)});
}

void claims::release(std::vector<claimed> held) {
    const auto lock = thread_.lock();
    inbox_.released.insert(inbox_.released.end(), held.begin(), held.end());
    thread_.wake_one();
}

void claims::take(
    std::vector<entry_name> entries, completion_queue& home, completion<std::size_t> done
) {
    give(&orders::takings, taking{std::move(entries), &home, std::move(done)});
}

void claims::look() {
    std::promise<void> promise;
    auto done = promise.get_future();
    {
        const auto lock = thread_.lock();
        if (!thread_.active(lock)) return;
        inbox_.looks.push_back(std::move(promise));
        thread_.wake_one();
    }
    done.wait();
}

// --- the thread

void claims::run() {
    carry_out({});  // it is a node from now on
    auto lock = thread_.lock();
    for (bool going_on = true; going_on;) {
        going_on = thread_.wait_for(lock, watch_interval, [this] { return !inbox_.empty(); });
        auto next = std::exchange(inbox_, {});
        lock.unlock();
        carry_out(std::move(next));
        lock.lock();
    }
    const bool leaving = leaving_;
    lock.unlock();
    if (leaving && database_ && database_->is_open()) {
        database_->add(sql::forget_node, parameters().bytes(self_.owner.bytes()));
        (void)database_->run(settings_.patience);
        failpoint("node_forgotten");
    }
    database_.reset();
}

void claims::carry_out(orders next) {
    if (!connected()) {
        next.end_unanswered();
        return;
    }
    auto done = release_now(next.released);
    for (auto& each : next.renewals)
        renew_now(std::move(each));
    for (auto& each : next.claims)
        claim_now(std::move(each));
    for (auto& each : next.takings)
        take_now(std::move(each));
    const bool wanted = !next.looks.empty() || steady::now() - looked_at_ >= watch_interval;
    if (done && wanted) done = look_after();
    if (!done) failed(done.error());
    for (auto& each : next.looks)
        each.set_value();
}

bool claims::connected() {
    if (database_ && database_->is_open()) return true;
    if (steady::now() < connect_at_) return false;
    auto made = connection::open(settings_);
    connect_at_ = steady::now() + settings_.reconnect_max;
    if (!made) {
        failed(made.error());
        return false;
    }
    database_ = std::move(*made);
    take_over_at_ = steady::now() + settings_.take_over_pause;
    return true;
}

// Told once, until something works again.
void claims::failed(const sql_error& error) {
    if (error.kind == trouble::disconnected) disconnected_();
    if (!std::exchange(failing_, true)) settings_.observer.on_not_claiming(error.text);
}

void claims::worked() {
    if (std::exchange(failing_, false)) settings_.observer.on_claiming_again();
}

void claims::claim_now(claiming each) {
    const auto found = claim_rows(each.asked);
    if (!found) {
        failed(found.error());
        return each.end(errc::closed);
    }
    worked();
    each.end(*found);
}

bool claims::takes_over() const {
    return steady::now() >= take_over_at_;
}

answer<std::size_t> claims::claim_rows(const claim_order& wanted) {
    auto sources = lanes_with_mail(*database_, wanted, takes_over(), settings_.patience);
    if (!sources) return sources.error();
    lane_claim claim(turns_, wanted.room, std::move(*sources));
    while (!claim.parts().empty()) {
        const auto now = settings_.now();
        for (const auto& part : claim.parts())
            add_claim(*database_, self_, wanted, part);
        const auto answers = database_->run(settings_.patience);
        if (!answers) return answers.error();
        announce(*answers, now);
        std::vector<std::size_t> counts;
        std::ranges::transform(*answers, std::back_inserter(counts), &rows::size);
        claim.took(counts);
    }
    return claim.count();
}

void claims::read(const rows& found, time_point now, std::vector<delivery>& all) {
    for (std::size_t row = 0; row < found.size(); ++row) {
        const auto id = id_at(found, row);
        // Another owner may have tried it since.
        recent_.drop(id);
        auto waiting = delivery_at(found, row, now);
        if (!waiting) {
            settings_.observer.on_unreadable(id.text(), waiting.error().text);
            continue;
        }
        all.push_back(std::move(*waiting));
    }
}

// By their due times, as an owner with a queue of its own would have announced them. Returns how
// many could be read.
std::size_t claims::announce(const std::vector<rows>& found, time_point now) {
    std::vector<delivery> announced;
    for (const auto& each : found)
        read(each, now, announced);
    std::ranges::sort(announced, {}, [](const delivery& each) {
        return std::pair(each.due, each.entry);
    });
    const auto count = announced.size();
    if (count > 0) failpoint("mail_claimed");
    if (count > 0 && listener_) listener_(std::move(announced));
    return count;
}

void claims::renew_now(renewal each) {
    const auto names = names_of(each.asked);
    database_->add(
        sql::renew,
        parameters()
            .bytes(self_.owner.bytes())
            .number(self_.lease.count())
            .numbers(names.messages)
            .numbers(names.numbers)
            .numbers(names.fences)
    );
    const auto answers = database_->run(settings_.patience);
    if (!answers) {
        failed(answers.error());
        return each.end(errc::closed);
    }
    worked();
    failpoint("claims_renewed");
    std::vector<claimed> lost;
    std::set<std::pair<std::int64_t, std::int64_t>> kept;
    const auto& found = answers->front();
    for (std::size_t row = 0; row < found.size(); ++row)
        kept.emplace(found.number(row, 0), found.number(row, 1));
    for (std::size_t i = 0; i < each.asked.size(); ++i) {
        if (!kept.contains({names.messages[i], names.numbers[i]})) lost.push_back(each.asked[i]);
    }
    each.end(std::move(lost));
}

void claims::take_now(taking each) {
    entry_names names;
    for (const auto& name : each.asked)
        names.add(name.id, name.entry);
    const auto now = settings_.now();
    database_->add(
        sql::take,
        parameters()
            .bytes(self_.owner.bytes())
            .number(self_.lease.count())
            .numbers(names.messages)
            .numbers(names.numbers)
            .number(takes_over() ? 1 : 0)
    );
    const auto answers = database_->run(settings_.patience);
    if (!answers) {
        failed(answers.error());
        return each.end(errc::closed);
    }
    each.end(announce(*answers, now));
}

answer<void> claims::release_now(const std::vector<claimed>& held) {
    if (held.empty()) return {};
    const auto names = names_of(held);
    database_->add(
        sql::release,
        parameters()
            .bytes(self_.owner.bytes())
            .numbers(names.messages)
            .numbers(names.numbers)
            .numbers(names.fences)
    );
    const auto answers = database_->run(settings_.patience);
    if (!answers) return answers.error();
    return {};
}

void claims::note_self() {
    const auto& known = settings_.self;
    database_->add(
        sql::note_node,
        parameters()
            .bytes(self_.owner.bytes())
            .bytes(known.host)
            .bytes(known.version)
            .bytes(known.address)
    );
}

answer<void> claims::look_after() {
    const bool cleaning = steady::now() - cleaned_at_ >= cleaning_interval;
    if (cleaning) {
        // First, because what follows may wait for their locks. Nothing else depends on it.
        const auto ended = end_stuck_sessions(*database_, settings_);
        if (!ended && ended.error().kind == trouble::disconnected) return ended.error();
    }
    if (auto taken = ids_.refill(*database_, settings_.patience, steady::now()); !taken)
        return taken;
    database_->add(sql::read_totals);
    note_self();
    if (cleaning) {
        const auto old = parameters().number(remembered.count());
        database_->add(sql::forget_batches, old);
        database_->add(sql::forget_settled, old);
        database_->add(sql::erase_orphans, old);
        database_->add(sql::forget_nodes, parameters().number(node_remembered.count()));
        database_->add(sql::forget_names, parameters().number(names_remembered.count()));
        database_->add(sql::fold_totals);
        database_->add(sql::forget_events, parameters().number(events_kept.count()));
        const auto notices_old = parameters().number(removal_remembered.count());
        database_->add(sql::lock_board);
        database_->add(sql::forget_removals, notices_old);
        database_->add(sql::forget_notices, notices_old);
        database_->add(sql::forget_drawn_rates, parameters().number(drawn_remembered.count()));
        database_->add(sql::forget_lasting);
    }
    const auto answers = database_->run(settings_.patience);
    if (!answers) return answers.error();
    looked_at_ = steady::now();
    if (cleaning) cleaned_at_ = looked_at_;
    const auto totals = totals_in(answers->front());
    note_totals_(totals);
    const auto looked = sums_.look(*database_, totals, looked_at_);
    // Claims work without them, unless the connection is gone.
    if (!looked && looked.error().kind == trouble::disconnected) return looked.error();
    return {};
}

}  // namespace kurir::queue::postgres
