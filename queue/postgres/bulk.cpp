#include "queue/postgres/bulk.hpp"

#include <algorithm>
#include <future>
#include <iterator>
#include <string>

#include "queue/codec.hpp"
#include "queue/failpoint.hpp"
#include "queue/postgres/columns.hpp"
#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t page_size = 4096;  // entries
constexpr std::size_t part_max = 512;     // entries removed by one write
constexpr auto retry_pause = 200ms;       // after a part that could not be written

}  // namespace

void bulk::start(change_listener listener) {
    listener_ = std::move(listener);
    thread_.start([this] { run(); });
}

void bulk::stop() {
    thread_.stop();
    for (auto& each : waiting_) {
        each.progress.outcome = errc::closed;
        each.progress.over = true;
        tell(each);
    }
    waiting_.clear();
}

void bulk::submit(
    bulk_order order, completion_queue& home, std::function<void(const bulk_progress&)> report
) {
    job next{.order = std::move(order), .home = &home, .report = std::move(report)};
    {
        const auto lock = thread_.lock();
        if (thread_.active(lock)) {
            waiting_.push_back(std::move(next));
            thread_.wake_one();
            return;
        }
    }
    next.progress.outcome = errc::closed;
    next.progress.over = true;
    tell(next);
}

void bulk::run() {
    auto lock = thread_.lock();
    while (thread_.wait(lock, [this] { return !waiting_.empty(); })) {
        job current = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        carry_out(current);
        current.progress.over = true;
        tell(current);
        lock.lock();
    }
    lock.unlock();
    database_.reset();
}

void bulk::tell(const job& current) const {
    std::vector<std::function<void()>> completions;
    completions.emplace_back([told = current.report, progress = current.progress] {
        told(progress);
    });
    current.home->post(std::move(completions));
}

void bulk::carry_out(job& current) {
    auto made = connection::open(settings_);
    if (!made) {
        current.progress.outcome = errc::closed;
        return;
    }
    database_ = std::move(*made);
    const auto only = current.order.selection.id;
    std::pair<std::int64_t, std::int64_t> after{only ? column_of(*only) : 0, 0};
    for (bool over = false; !over && current.progress.outcome;) {
        auto found = read(current.order, after);
        auto done = found ? act(current, std::move(found->chosen)) : answer<void>(found.error());
        if (!done) current.progress.outcome = errc_of(done.error());
        over = !found || found->is_last;
        if (found) after = found->last;
        if (thread_.stopping() && !over) {
            current.progress.outcome = errc::closed;
            return;
        }
        if (!over) tell(current);
    }
}

answer<bulk::page> bulk::read(
    const bulk_order& order, std::pair<std::int64_t, std::int64_t> after
) {
    const auto now = settings_.now();
    database_->add(
        sql::page_of_entries,
        parameters().number(after.first).number(after.second).number(page_size)
    );
    const auto answers = database_->run(settings_.patience);
    if (!answers) return answers.error();
    const auto& found = answers->front();
    page read{
        .chosen = {}, .last = after, .is_last = found.size() < static_cast<std::size_t>(page_size)
    };
    for (std::size_t row = 0; row < found.size(); ++row) {
        read.last = {found.number(row, 0), found.number(row, 1)};
        const auto id = id_at(found, row);
        if (order.selection.id && id != *order.selection.id) {
            read.is_last = true;
            break;
        }
        auto waiting = delivery_at(found, row, now);
        if (!waiting || !order.selection.fits(*waiting)) continue;
        auto recipients = waiting->recipients;
        read.chosen.push_back(
            {std::move(*waiting), std::move(recipients), order.selection.takes_whole_messages()}
        );
    }
    if (!order.selection.needs_envelope()) return read;
    if (auto kept = choose(order.selection, read.chosen); !kept) return kept.error();
    return read;
}

// Keeps what the envelopes say is meant.
answer<void> bulk::choose(const selection& wanted, std::vector<entry_removal>& entries) {
    const auto ids = columns_of(entries, [](const entry_removal& each) { return each.entry.id; });
    database_->add(sql::read_envelopes, parameters().numbers(ids));
    const auto answers = database_->run(settings_.patience);
    if (!answers) return answers.error();
    std::map<message_id, envelope> envelopes;
    const auto& found = answers->front();
    for (std::size_t row = 0; row < found.size(); ++row) {
        const auto id = id_at(found, row);
        if (auto mail = decode_envelope(id, found.bytes(row, 1))) {
            envelopes.emplace(id, std::move(*mail));
        }
    }
    std::erase_if(entries, [&](entry_removal& each) {
        const auto mail = envelopes.find(each.entry.id);
        if (mail == envelopes.end() || !wanted.fits(mail->second)) return true;
        if (wanted.recipient) each.recipients = wanted.chosen(each.entry, mail->second);
        return each.recipients.empty();
    });
    return {};
}

answer<void> bulk::act(job& current, std::vector<entry_removal> chosen) {
    if (current.order.action == bulk_action::remove) {
        remove(current, std::move(chosen));
        return {};
    }
    for (const auto& each : chosen) {
        current.progress.done.recipients += each.recipients.size();
        if (current.seen.emplace(each.entry.id, each.entry.size).second) {
            ++current.progress.done.messages;
            current.progress.done.bytes += each.entry.size;
        }
    }
    if (current.order.action != bulk_action::flush) return {};
    if (auto moved = move(current.order, chosen); !moved) return moved;
    std::vector<delivery> told;
    for (auto& each : chosen) {
        each.entry.due = current.order.due;
        told.push_back(std::move(each.entry));
    }
    if (!told.empty()) listener_.moved(std::move(told));
    return {};
}

answer<void> bulk::move(const bulk_order& order, const std::vector<entry_removal>& chosen) {
    const auto pause = order.due - settings_.now();
    entry_names names;
    std::vector<std::int64_t> pauses;
    for (const auto& each : chosen) {
        names.add(each.entry.id, each.entry.entry);
        pauses.push_back((pause + held_back(each.entry)).count());
    }
    database_->add(
        sql::move_entries,
        parameters().numbers(names.messages).numbers(names.numbers).numbers(pauses)
    );
    const auto answers = database_->run(settings_.patience);
    if (!answers) return answers.error();
    return {};
}

void bulk::remove(job& current, std::vector<entry_removal> chosen) {
    while (!chosen.empty()) {
        const auto count = std::min(part_max, chosen.size());
        const auto end = chosen.begin() + static_cast<std::ptrdiff_t>(count);
        auto promise = std::make_shared<std::promise<result<remove_request::outcome>>>();
        auto outcome = promise->get_future();
        remove_request part;
        part.items.assign(chosen.begin(), end);
        part.describe = [&current](const store_totals& more) {
            return current.order.operator_name + " removed " + std::to_string(more.messages) +
                   " messages, " + std::to_string(more.recipients) +
                   " recipients: " + current.order.selection.text();
        };
        part.done = [promise](auto written) { promise->set_value(std::move(written)); };
        writer_.submit(std::move(part));
        auto written = outcome.get();
        if (!written && written.error() != errc::closed && thread_.pause(retry_pause)) continue;
        if (!written) {
            current.progress.outcome = written.error();
            return;
        }
        failpoint("part_erased");
        current.progress.done.messages += written->removed.messages;
        current.progress.done.recipients += written->removed.recipients;
        current.progress.done.bytes += written->removed.bytes;
        if (!written->changes.empty()) listener_.removed(std::move(written->changes));
        chosen.erase(chosen.begin(), end);
    }
}

}  // namespace kurir::queue::postgres
