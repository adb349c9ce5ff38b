// What a memory store tells of other owners, and of what nobody has.
#include <algorithm>
#include <utility>

#include "queue/completing.hpp"
#include "tests/queue/memory_store.hpp"

namespace tests {

using queue::complete;

std::string memory_store::id_of(std::uint64_t number) {
    return "owner" + std::to_string(number);
}

std::map<queue::entry_name, queue::other_entry> memory_store::others() const {
    std::map<queue::entry_name, queue::other_entry> all;
    const std::lock_guard lock(shared_.mutex);
    for (const auto& [name, each] : shared_.entries) {
        if (each.owner == number_) continue;
        queue::other_entry made{.waiting = each.waiting};
        if (!is_free(each)) {
            made.holder = queue::name_of("memory", id_of(each.owner));
            made.held_until = each.lease_end;
        }
        all.emplace(queue::entry_name{each.waiting.id, name}, std::move(made));
    }
    return all;
}

void memory_store::browse(
    queue::entry_name first,
    std::size_t limit,
    home& home,
    queue::completion<queue::other_entries> done
) {
    if (closed_) return complete<queue::other_entries>(home, std::move(done), queue::errc::closed);
    const auto all = others();
    queue::other_entries found;
    for (auto at = all.lower_bound(first); at != all.end(); ++at) {
        if (found.found.size() == limit) {
            found.next = at->first;
            break;
        }
        found.found.push_back(at->second);
    }
    complete<queue::other_entries>(home, std::move(done), std::move(found));
}

void memory_store::find(
    std::vector<queue::message_id> ids,
    home& home,
    queue::completion<std::vector<queue::other_entry>> done
) {
    using entries = std::vector<queue::other_entry>;
    if (closed_) return complete<entries>(home, std::move(done), queue::errc::closed);
    entries found;
    for (auto& [name, each] : others()) {
        if (std::ranges::find(ids, name.id) != ids.end()) found.push_back(each);
    }
    complete<entries>(home, std::move(done), std::move(found));
}

void memory_store::take(
    std::vector<queue::entry_name> entries, home& home, queue::completion<std::size_t> done
) {
    if (closed_) return complete<std::size_t>(home, std::move(done), queue::errc::closed);
    deliveries announced;
    {
        const std::lock_guard lock(shared_.mutex);
        for (const auto& name : entries) {
            const auto at = shared_.entries.find(name.entry);
            if (at != shared_.entries.end() && is_free(at->second)) take(at->second, announced);
        }
    }
    const auto count = announced.size();
    announce(std::move(announced));
    complete<std::size_t>(home, std::move(done), count);
}

void memory_store::nodes(home& home, queue::completion<std::vector<queue::node>> done) {
    using all_nodes = std::vector<queue::node>;
    if (closed_) return complete<all_nodes>(home, std::move(done), queue::errc::closed);
    all_nodes all;
    {
        const std::lock_guard lock(shared_.mutex);
        const auto now = shared_.now();
        for (const auto& [number, each] : shared_.processes) {
            if (now - each.seen > queue::node_remembered) continue;
            const auto held = std::ranges::count_if(shared_.entries, [&](const auto& waiting) {
                return waiting.second.owner == number;
            });
            all.push_back({
                .id = id_of(number),
                .facts = {.host = "memory"},
                .age = now - each.since,
                .silent = now - each.seen,
                .claimed = static_cast<std::size_t>(held),
                .is_self = number == number_,
            });
        }
    }
    complete<all_nodes>(home, std::move(done), std::move(all));
}

void memory_store::heard_nodes(home& home, queue::completion<std::vector<queue::node>> done) {
    nodes(home, [done](queue::result<std::vector<queue::node>> known) {
        if (!known) return done(known.error());
        for (auto& each : *known)
            each.claimed = 0;
        done(std::move(*known));
    });
}

void memory_store::tell_nodes(
    queue::node_telling telling, home& home, queue::completion<queue::node_hearing> done
) {
    using hearing = queue::node_hearing;
    if (closed_) return complete<hearing>(home, std::move(done), queue::errc::closed);
    hearing heard{.last = telling.last};
    {
        const std::lock_guard lock(shared_.mutex);
        const auto now = shared_.now();
        auto& self = shared_.processes[number_];
        if (telling.words) self.words = std::move(*telling.words);
        if (telling.words) self.words_at = now;
        for (auto& each : telling.lasting) {
            shared_.lasting[++shared_.last_lasting] = {
                .text = std::move(each.text), .at = now, .until = now + each.time
            };
        }
        for (const auto& [number, each] : shared_.processes) {
            const bool is_heard = now - each.seen <= queue::silence_max && !each.words.empty();
            if (!is_heard) continue;
            if (number == number_) {
                heard.is_told = true;
            } else {
                heard.words.push_back({.text = each.words, .age = now - each.words_at});
            }
        }
        std::erase_if(shared_.lasting, [now](const auto& each) { return each.second.until < now; });
        auto& last = heard.last;
        heard.from_start = last.server != shared_.server || last.number > shared_.last_lasting;
        if (heard.from_start) last = {.server = shared_.server};
        auto next = shared_.lasting.upper_bound(last.number);
        for (; next != shared_.lasting.end(); ++next) {
            heard.more = heard.lasting.size() == queue::lasting_page_max;
            if (heard.more) break;
            heard.lasting.push_back({.text = next->second.text, .age = now - next->second.at});
            last.number = next->first;
        }
    }
    complete<hearing>(home, std::move(done), std::move(heard));
}

}  // namespace tests
