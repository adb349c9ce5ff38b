// Entries of the suppression list as notices (queue/notice.hpp): the key is that of the entry, the
// value its packed form (relay/suppression/entry_codec.hpp). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "queue/notice.hpp"
#include "relay/suppression/entry.hpp"
#include "relay/suppression/journal.hpp"

namespace kurir::app {

// How long an entry stays in the list after it has expired, so that one can see it.
inline constexpr auto expired_kept = std::chrono::days(30);

// It is over when the entry is forgotten.
queue::notice notice_of(const suppression::entry& posted, suppression::seconds_time time);
std::vector<queue::notice> notices_of(
    const std::vector<suppression::change>& orders, suppression::seconds_time time
);

// What a notice asks for; none if it is of no entry.
std::optional<suppression::change> change_in(const queue::notice& read);

}  // namespace kurir::app
