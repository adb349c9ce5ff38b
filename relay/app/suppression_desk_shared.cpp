// The part of the desk that has the same list as the other relays of a queue.
#include <chrono>
#include <utility>

#include "relay/app/suppression_desk.hpp"
#include "relay/app/suppression_notices.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/done_on.hpp"
#include "relay/suppression/entry_codec.hpp"

namespace kurir::app {

void suppression_desk::take(const std::vector<queue::notice>& news) {
    net::done_on(thread_, [&] { take_now(news); });
}

// If the file can't be written, they count all the same: they are on the board.
void suppression_desk::take_now(const std::vector<queue::notice>& news) {
    changes wanted;
    std::size_t removed = 0;
    for (const auto& each : news) {
        auto change = change_in(each);
        if (!change) continue;
        const auto known = entries_.read([&](const suppression::suppression_list& list) {
            return list.at(change->what.subject, change->what.tenant);
        });
        if (change->removes ? !known : known == change->what) continue;
        if (change->removes) ++removed;
        wanted.push_back(std::move(*change));
    }
    if (wanted.empty()) return;
    std::ignore = write(wanted);
    apply(wanted);
    tidy_up();
    log::event(log::level::info, "suppressions")
        .with("what", "changed_elsewhere")
        .with("put", wanted.size() - removed)
        .with("removed", removed);
}

std::vector<queue::notice> suppression_desk::beside(const known_keys& posted) {
    const auto time = std::chrono::floor<std::chrono::seconds>(net::calendar_now());
    return net::done_on(thread_, [&] {
        return entries_.read([&](const suppression::suppression_list& list) {
            std::vector<queue::notice> made;
            list.walk("", [&](std::string_view packed) {
                if (!posted(suppression::packed_key(packed))) {
                    made.push_back(notice_of(suppression::unpack_first(packed), time));
                }
                return true;
            });
            return made;
        });
    });
}

}  // namespace kurir::app
