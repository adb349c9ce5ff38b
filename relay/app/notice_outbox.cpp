#include "relay/app/notice_outbox.hpp"

#include <algorithm>
#include <chrono>

namespace kurir::app {

using std::chrono::milliseconds;

void notice_outbox::put(std::vector<queue::notice> decided, net::clock::time_point now) {
    for (auto& each : decided) {
        const auto [place, is_new] = numbers_.try_emplace({each.kind, each.key}, 0);
        if (is_new) {
            ++counts_[each.kind];
        } else {
            line_.erase(place->second);
        }
        place->second = ++last_;
        line_.emplace(last_, waiting{.notice = std::move(each), .since = now});
    }
}

notice_outbox::line::iterator notice_outbox::drop(line::iterator place) {
    --counts_[place->second.notice.kind];
    numbers_.erase({place->second.notice.kind, place->second.notice.key});
    return line_.erase(place);
}

notice_outbox::piece notice_outbox::front(std::size_t count, net::clock::time_point now) {
    piece made;
    for (auto at = line_.begin(); at != line_.end() && made.notices.size() < count;) {
        auto next = at->second.notice;
        const auto waited = std::chrono::duration_cast<milliseconds>(now - at->second.since);
        if (next.left) *next.left -= waited;
        if (next.left && *next.left <= milliseconds(0)) {
            at = drop(at);
            continue;
        }
        made.notices.push_back(std::move(next));
        made.last = at->first;
        ++at;
    }
    return made;
}

void notice_outbox::posted(const piece& those) {
    for (auto at = line_.begin(); at != line_.end() && at->first <= those.last;)
        at = drop(at);
}

bool notice_outbox::holds(queue::notice_kind kind, const std::string& key) const {
    return numbers_.contains({kind, key});
}

std::size_t notice_outbox::count(queue::notice_kind kind) const {
    const auto found = counts_.find(kind);
    return found == counts_.end() ? 0 : found->second;
}

std::optional<net::clock::time_point> notice_outbox::oldest() const {
    const auto found = std::ranges::find_if(line_, [](const auto& each) {
        return each.second.notice.kind != queue::notice_kind::limits;
    });
    return found == line_.end() ? std::nullopt : std::optional(found->second.since);
}

}  // namespace kurir::app
