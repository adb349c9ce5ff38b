#include "relay/control/attempts.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "relay/admin/json_fields.hpp"
#include "relay/log/log.hpp"

namespace kurir::control {

namespace json = boost::json;
using admin::text_in;

namespace {

constexpr std::array<std::string_view, 5> outcomes{
    "delivered", "deferred", "bounced", "discarded", "undeliverable"
};

std::string remote_of(const json::object& event) {
    auto remote = text_in(event, "mx_host");
    const auto address = text_in(event, "mx_ip");
    if (address.empty() || address == remote) return remote;
    return remote.empty() ? address : remote + " [" + address + "]";
}

json::object attempt_json(const json::object& event) {
    json::object made{
        {"address", text_in(event, "to")},
        {"at", text_in(event, "ts")},
        {"outcome", text_in(event, "event")},
        {"remote", remote_of(event)},
        {"status", text_in(event, "enhanced")},
        {"reply", text_in(event, "response")},
    };
    if (const auto* number = event.if_contains("attempt")) made["attempt"] = *number;
    return made;
}

// How many attempts of recipients that are still queued the events don't tell of.
std::size_t missing(
    const std::map<std::string, std::size_t>& told, const queue::stored_message& message
) {
    std::size_t count = 0;
    for (const auto& state : message.states) {
        if (state.index >= message.mail.recipients.size()) continue;
        const auto found = told.find(log::as_logged(message.mail.recipients[state.index].address));
        const auto known = found == told.end() ? 0 : found->second;
        count += state.attempts - std::min<std::size_t>(state.attempts, known);
    }
    return count;
}

}  // namespace

json::object attempts_json(
    const history::finding& events, const queue::stored_message& message, bool is_kept
) {
    json::array attempts;
    std::map<std::string, std::size_t> told;
    const auto id = message.mail.id.text();
    for (const auto& line : events.lines) {
        boost::system::error_code wrong;
        const auto parsed = json::parse(line, wrong);
        if (wrong || !parsed.is_object()) continue;
        const auto& event = parsed.get_object();
        if (text_in(event, "queue_id") != id) continue;
        if (std::ranges::find(outcomes, text_in(event, "event")) == outcomes.end()) continue;
        ++told[text_in(event, "to")];
        attempts.push_back(attempt_json(event));
    }
    const auto count = missing(told, message);
    json::object all{{"attempts", std::move(attempts)}, {"attempts_missing", count}};
    if (!is_kept) {
        all["attempts_note"] =
            "KURIR_HISTORY=0: nothing is kept of attempts but the last of each recipient";
    } else if (events.more) {
        all["attempts_note"] = "there are older ones: limit";
    } else if (count > 0) {
        all["attempts_note"] =
            "the history does not have them all: they are older than KURIR_HISTORY, or more than "
            "KURIR_HISTORY_SIZE, or of another relay";
    }
    return all;
}

}  // namespace kurir::control
