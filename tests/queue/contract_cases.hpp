// What the cases of the stores' contract share (queue/store.hpp): the stores that they run on, and
// mail for them.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/queue/backends.hpp"

#define EVERY_BACKEND tests::rocks_backend, tests::memory_backend, tests::postgres_queue
#define SHARED_BACKENDS tests::memory_backend, tests::postgres_queue

namespace tests {

inline constexpr std::size_t room = 100;

// The deliveries that this owner was given, once there are `count` of them.
inline std::vector<queue::delivery> given(owner& process, std::size_t count) {
    process.claim(room);
    return process.seen.deliveries(count);
}

inline std::size_t count_given(owner& process) {
    process.claim(room);
    return process.seen.deliveries(0).size();
}

inline queue::claimed claim_of(const queue::delivery& each) {
    return {.id = each.id, .entry = each.entry, .fence = each.fence};
}

inline queue::submission commit_one(owner& process, std::size_t recipients = 1) {
    auto made = mail(process.store().allocate(), "body", recipients);
    const auto copy = made;
    REQUIRE(process.commit(std::move(made)));
    return copy;
}

// Due in an hour.
inline void commit_later(owner& process, const std::string& domain = "example.com") {
    auto later = mail(process.store().allocate(), "body");
    later.deliveries[0].due = noon + 1h;
    later.deliveries[0].domain = domain;
    REQUIRE(process.commit(std::move(later)));
}

// Recipient 0 in one domain, 1 and 2 in another.
inline queue::submission mail_to_two_domains(owner& process) {
    auto made = mail(process.store().allocate(), "body", 3);
    auto other = made.deliveries.front();
    made.deliveries.front().recipients = {0};
    other.recipients = {1, 2};
    other.domain = "example.net";
    made.deliveries.push_back(std::move(other));
    return made;
}

}  // namespace tests
