#include "queue/postgres/transaction.hpp"

#include <algorithm>
#include <utility>

#include "queue/codec.hpp"
#include "queue/failpoint.hpp"
#include "queue/postgres/columns.hpp"
#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

namespace {

void sort_out(std::vector<std::int64_t>& ids) {
    std::ranges::sort(ids);
    const auto [first, last] = std::ranges::unique(ids);
    ids.erase(first, last);
}

// What the requests are about.
struct subjects {
    entry_names named;                   // entries
    std::vector<std::int64_t> unnamed;   // messages one of whose entries has no name
    std::vector<std::int64_t> messages;  // all of these
    std::vector<std::int64_t> arriving;  // messages of several chunks
    std::vector<std::string> names;      // of new messages, which must be new
    std::vector<std::int64_t> named_by;  // the message of each

    void add(const delivery& attempted) {
        messages.push_back(column_of(attempted.id));
        if (attempted.entry.is_given()) {
            named.add(attempted.id, attempted.entry);
        } else {
            unnamed.push_back(column_of(attempted.id));
        }
    }
};

subjects subjects_of(const requests& work) {
    subjects found;
    for (const auto& each : work.settlements) {
        found.add(each.end.attempted);
        for (const auto& other : each.end.others)
            found.add(other);
    }
    for (const auto& each : work.removals) {
        for (const auto& item : each.items)
            found.add(item.entry);
    }
    for (const auto& each : work.commits) {
        const auto& message = each.message;
        if (message.mail.chunks > 1) found.arriving.push_back(column_of(message.mail.id));
        if (!message.names_are_new) continue;
        found.names.insert(found.names.end(), message.names.begin(), message.names.end());
        found.named_by.resize(found.names.size(), column_of(message.mail.id));
    }
    sort_out(found.unnamed);
    sort_out(found.messages);
    sort_out(found.arriving);
    return found;
}

}  // namespace

answer<void> transaction::write(const requests& work, const batch_names& names, verdicts& out) {
    begin(work, names);
    places at;
    if (ask(work, at)) {
        const auto answers = database_.run(settings_.patience);
        if (!answers) return answers.error();
        note(at, *answers);
        failpoint("rows_locked");
    }
    changes written(settings_.now(), name_);
    apply(work, written, out);
    written.send(database_, writer_);
    failpoint("batch_half_sent");
    database_.add(sql::read_totals);
    database_.add(sql::commit);
    out.fresh = written.fresh();
    out.gone = written.gone();
    std::ranges::copy_if(out.fresh, std::back_inserter(out.announced), [&](const delivery& each) {
        return written.is_claimed(each);
    });
    const auto answers = database_.run(settings_.patience);
    if (!answers) return answers.error();
    out.totals = totals_in((*answers)[answers->size() - 2]);
    return {};
}

void transaction::begin(const requests& work, const batch_names& names) {
    statements_ = 0;
    database_.add(sql::begin);
    ++statements_;
    const bool durable = work.are_durable();
    if (!durable) {
        database_.add(sql::unsynced);
        ++statements_;
    }
    database_.add(sql::note_batch, parameters().bytes(names.own));
    ++statements_;
    if (durable && !names.earlier.empty()) {
        database_.add(sql::forget_earlier, parameters().uuids(names.earlier));
        ++statements_;
    }
    put_chunks(work);
}

void transaction::put_chunks(const requests& work) {
    if (work.appends.empty()) return;
    std::map<std::pair<message_id, std::uint32_t>, const std::string*> chunks;
    for (const auto& each : work.appends)
        chunks[{each.id, each.index}] = &each.bytes;
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> indexes;
    std::vector<std::string> bytes;
    for (const auto& [key, chunk] : chunks) {
        ids.push_back(column_of(key.first));
        indexes.push_back(key.second);
        bytes.push_back(*chunk);
    }
    database_.add(sql::put_chunks, parameters().numbers(ids).numbers(indexes).byte_strings(bytes));
    database_.add(sql::note_arriving, parameters().numbers(ids).bytes(writer_.owner.bytes()));
    statements_ += 2;
}

// False if there is nothing to read.
bool transaction::ask(const requests& work, places& at) {
    const auto about = subjects_of(work);
    const auto add = [this](std::size_t& place, const statement& text, const parameters& values) {
        place = statements_++;
        database_.add(text, values);
    };
    if (!about.arriving.empty()) {
        add(at.arrived, sql::arrived, parameters().numbers(about.arriving));
    }
    if (!about.unnamed.empty()) {
        add(at.entries_of, sql::lock_entries_of, parameters().numbers(about.unnamed));
    }
    if (!about.named.empty()) {
        const auto names = parameters().numbers(about.named.messages).numbers(about.named.numbers);
        add(at.entries, sql::lock_entries, names);
        add(at.settled, sql::settled_by, names);
    }
    if (!about.messages.empty()) {
        add(at.messages, sql::lock_messages, parameters().numbers(about.messages));
        add(at.marks, sql::marks_of, parameters().numbers(about.messages));
    }
    if (!about.names.empty()) {
        const auto names = parameters().byte_strings(about.names);
        std::size_t claimed = 0;
        add(claimed, sql::claim_names, parameters(names).numbers(about.named_by));
        add(at.names, sql::find_names, names);
    }
    return !about.arriving.empty() || !about.messages.empty() || !about.names.empty();
}

void transaction::note(const places& at, const std::vector<rows>& answers) {
    static const rows none;
    const auto found = [&](std::size_t place) -> const rows& {
        return place == 0 ? none : answers[place];
    };
    const auto& arrived = found(at.arrived);
    for (std::size_t row = 0; row < arrived.size(); ++row)
        arrived_[id_at(arrived, row)] = static_cast<std::uint64_t>(arrived.number(row, 1));
    const auto& names = found(at.names);
    for (std::size_t row = 0; row < names.size(); ++row)
        named_[std::string(names.bytes(row, 1))] = id_at(names, row);
    note_entries(found(at.entries_of));
    note_entries(found(at.entries));
    const auto& settled = found(at.settled);
    for (std::size_t row = 0; row < settled.size(); ++row) {
        known_.note_settled(
            id_at(settled, row),
            entry_at(settled, row),
            static_cast<queue::fence>(settled.number(row, 2))
        );
    }
    const auto& messages = found(at.messages);
    for (std::size_t row = 0; row < messages.size(); ++row) {
        known_.note_message(
            id_at(messages, row),
            {
                .recipients = static_cast<std::uint32_t>(messages.number(row, 1)),
                .chunks = static_cast<std::uint32_t>(messages.number(row, 2)),
                .size = static_cast<std::uint64_t>(messages.number(row, 3)),
            }
        );
    }
    const auto& marks = found(at.marks);
    for (std::size_t row = 0; row < marks.size(); ++row) {
        known_.note_mark(
            id_at(marks, row), static_cast<std::uint32_t>(marks.number(row, 1)), marks.flag(row, 2)
        );
    }
}

// An entry that does not decode is left alone: it was not announced, so nobody settles it.
void transaction::note_entries(const rows& found) {
    for (std::size_t row = 0; row < found.size(); ++row) {
        const auto id = id_at(found, row);
        auto waiting = decode_delivery(id, found.bytes(row, 3));
        if (!waiting) continue;
        waiting->entry = entry_at(found, row);
        waiting->fence = static_cast<queue::fence>(found.number(row, 2));
        known_.note_entry(std::move(*waiting));
    }
}

bool transaction::is_whole(const submission& message) const {
    if (message.mail.chunks <= 1) return message.mail.chunks == 1;
    const auto at = arrived_.find(message.mail.id);
    return at != arrived_.end() && at->second == message.mail.chunks - 1;
}

result<void> transaction::check(const submission& message) const {
    if (!is_whole(message)) return errc::failed;
    const auto is_others = [&](const std::string& name) {
        const auto at = named_.find(name);
        return at == named_.end() || at->second != message.mail.id;
    };
    const bool known = message.names_are_new && std::ranges::any_of(message.names, is_others);
    return known ? result<void>(errc::known) : result<void>();
}

void transaction::apply(const requests& work, changes& written, verdicts& out) {
    std::vector<std::int64_t> ended;
    for (const auto& each : work.commits) {
        const auto& mail = each.message.mail;
        const auto& fit = out.commits.emplace_back(check(each.message));
        if (fit) {
            written.put_message(each.message);
        } else {
            written.discard_body(mail.id);
            if (each.message.names_are_new) written.erase_names(mail.id);
        }
        if (mail.chunks > 1) ended.push_back(column_of(mail.id));
    }
    for (const auto& each : work.discards) {
        written.discard_body(each.id);
        ended.push_back(column_of(each.id));
    }
    if (!ended.empty()) database_.add(sql::forget_arriving, parameters().numbers(ended));
    for (const auto& each : work.settlements)
        out.settlements.push_back(known_.settle(each.end, written));
    for (const auto& each : work.removals)
        out.removals.push_back(remove(each, written));
}

remove_request::outcome transaction::remove(const remove_request& order, changes& written) {
    remove_request::outcome outcome;
    const auto before = written.taken;
    for (const auto& each : order.items) {
        if (auto change = known_.remove(each, written)) {
            outcome.changes.push_back(std::move(*change));
        }
    }
    outcome.removed = {
        .messages = written.taken.messages - before.messages,
        .recipients = written.taken.recipients - before.recipients,
        .bytes = written.taken.bytes - before.bytes,
    };
    if (order.describe) written.put_event(order.describe(outcome.removed));
    return outcome;
}

}  // namespace kurir::queue::postgres
