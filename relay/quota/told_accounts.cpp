#include "relay/quota/told_accounts.hpp"

#include <cstdint>

#include "relay/base/text.hpp"
#include "relay/quota/record.hpp"

namespace kurir::quota {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t clock_max = 1ULL << 50U;  // milliseconds since 1970
constexpr milliseconds age_max = std::chrono::days(30);

// How many slots a clock is behind that is behind by `ahead`, rounded.
std::int64_t steps_of(milliseconds ahead, milliseconds slot) {
    const auto rounded = ahead + slot / 2;
    return rounded / slot - (rounded % slot < slot.zero() ? 1 : 0);
}

sliding_count moved_by(milliseconds ahead, const sliding_count& told) {
    const auto steps = steps_of(ahead, part_of(told.length(), sliding_count::slots_in_period));
    sliding_count made(told.length());
    for (const auto& each : told.slots())
        made.restore({each.number + steps, each.events});
    return made;
}

distinct_count moved_by(milliseconds ahead, const distinct_count& told) {
    const auto steps = steps_of(ahead, part_of(told.length(), distinct_count::slots_in_period));
    distinct_count made(told.length());
    for (const auto& [recipient, slot] : told.all())
        made.restore(recipient, slot + steps);
    return made;
}

usual_rate moved_by(milliseconds ahead, const usual_rate& told) {
    const auto steps = steps_of(ahead, std::chrono::hours(1));
    usual_rate made;
    if (told.first()) made.restore_first(*told.first() + steps);
    for (const auto& each : told.hours()) {
        if (each.messages > 0) made.restore({each.number + steps, each.messages});
    }
    return made;
}

}  // namespace

std::string told_text(std::string_view record, time_point now) {
    return std::to_string(now.time_since_epoch().count()).append("\n").append(record);
}

std::optional<told_accounts> read_told(std::string_view text, milliseconds age, time_point now) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto at = base::parse_number<std::uint64_t>(text.substr(0, end));
    auto told = read_record(text.substr(end + 1));
    if (!at || *at > clock_max || !told || age > age_max || age < -age_max) return std::nullopt;
    const time_point clock(milliseconds(static_cast<std::int64_t>(*at)) + age);
    const auto ahead = now - clock;
    for (auto& [name, client] : *told) {
        for (auto& each : client.messages)
            each = moved_by(ahead, each);
        for (auto& each : client.recipients)
            each = moved_by(ahead, each);
        client.usual = moved_by(ahead, client.usual);
        if (client.stopped) client.stopped->asked = moved_by(ahead, client.stopped->asked);
    }
    return told;
}

}  // namespace kurir::quota
