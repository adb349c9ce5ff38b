#include "relay/app/suppression_notices.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "relay/suppression/entry_codec.hpp"

namespace kurir::app {

using suppression::entry;
using suppression::seconds_time;

queue::notice notice_of(const entry& posted, seconds_time time) {
    queue::notice made{
        .kind = queue::notice_kind::suppression,
        .key = suppression::key_of(posted.subject, posted.tenant),
    };
    suppression::append_packed(made.value, posted);
    if (posted.expires_at) {
        made.left = std::max(std::chrono::seconds(0), *posted.expires_at - time) + expired_kept;
    }
    return made;
}

std::vector<queue::notice> notices_of(
    const std::vector<suppression::change>& orders, seconds_time time
) {
    std::vector<queue::notice> all;
    for (const auto& each : orders) {
        auto& made = all.emplace_back(notice_of(each.what, time));
        if (!each.removes) continue;
        made.removed = true;
        made.value.clear();
        made.left.reset();
    }
    return all;
}

std::optional<suppression::change> change_in(const queue::notice& read) {
    auto posted = suppression::unpack(read.value);
    if (read.removed) {
        const auto end = read.key.find('\n');
        if (end == std::string::npos) return std::nullopt;
        posted = {.subject = read.key.substr(0, end), .tenant = read.key.substr(end + 1)};
    }
    if (!posted || suppression::key_of(posted->subject, posted->tenant) != read.key) {
        return std::nullopt;
    }
    return suppression::change{.what = std::move(*posted), .removes = read.removed};
}

}  // namespace kurir::app
