#include "queue/postgres/doubt.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "queue/failpoint.hpp"
#include "queue/postgres/batches.hpp"
#include "queue/postgres/claim_statements.hpp"
#include "queue/postgres/columns.hpp"
#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

answer<bool> resolver::resolve(doubt& open) {
    auto written = was_written(open);
    failpoint("doubt_looked_up");
    if (!written || !*written) return written;
    if (auto erased = erase_refused(open); !erased) return erased.error();
    if (auto announced = announce_claimed(open); !announced) return announced.error();
    return true;
}

answer<bool> resolver::was_written(const doubt& open) {
    database_.add(sql::resolve_batch, parameters().bytes(open.batch));
    const auto answers = database_.run(settings_.patience);
    if (!answers) return answers.error();
    return !answers->front().flag(0, 0);
}

// While it was not known, other owners may have claimed what this one did not renew.
answer<void> resolver::announce_claimed(doubt& open) {
    const auto ids =
        columns_of(open.outcome.announced, [](const delivery& each) { return each.id; });
    database_.add(
        sql::claimed_of,
        parameters().bytes(self_.owner.bytes()).numbers(ids).number(self_.lease.count())
    );
    database_.add(sql::read_totals);
    const auto answers = database_.run(settings_.patience);
    if (!answers) return answers.error();
    const auto& found = answers->front();
    std::set<std::int64_t> still_ours;
    for (std::size_t row = 0; row < found.size(); ++row) {
        if (found.number(row, 2) == 1) still_ours.insert(found.number(row, 1));
    }
    std::erase_if(open.outcome.announced, [&](const delivery& each) {
        return !still_ours.contains(static_cast<std::int64_t>(each.entry.number()));
    });
    open.outcome.totals = totals_in(answers->back());
    return {};
}

// Messages whose clients were refused: they send them again, so these must not go out. One that
// another owner has claimed goes out all the same: its client gets a duplicate rather than a loss.
answer<void> resolver::erase_refused(const doubt& open) {
    if (open.refused.empty()) return {};
    requests cleaning;
    remove_request order;
    for (const auto& each : open.outcome.fresh) {
        if (std::ranges::find(open.refused, each.id) == open.refused.end()) continue;
        order.items.push_back({.entry = each, .recipients = each.recipients, .whole = true});
    }
    order.done = [](const auto&) {};
    cleaning.removals.push_back(std::move(order));
    verdicts ignored;
    transaction next(database_, self_, settings_, name_);
    auto erased = next.write(cleaning, {batches::new_name(), {}}, ignored);
    failpoint("refused_mail_erased");
    return erased;
}

}  // namespace kurir::queue::postgres
