// Answers that are still valid: positive and negative ones, for as long as their TTL says.
//
// Pure: the time is a parameter. Bounded: a new answer replaces the least recently used one.
// Failures that prove nothing (servfail, timeout) are not `answer`s, so they can't be stored.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

#include "dns/record.hpp"

namespace kurir::dns {

// A question to a name server.
struct question {
    std::string name;  // canonical
    record_type type{};
    bool operator==(const question&) const = default;
};

struct question_hash {
    std::size_t operator()(const question& key) const noexcept {
        return std::hash<std::string>{}(key.name) * 31 + static_cast<std::size_t>(key.type);
    }
};

class cache {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // With `max` 0 it stores nothing.
    explicit cache(std::size_t max) : max_(max) {}

    struct finding {
        const answer* said = nullptr;  // valid until the next call of `put`
        bool expired = false;          // there was one, but it has expired and was removed
    };
    finding find(const question& asked, time_point now);

    void put(const question& asked, answer said, time_point now);

    std::size_t size() const noexcept { return by_question_.size(); }

private:
    struct entry {
        question asked;
        answer said;
        time_point until;
    };

    std::size_t max_;
    std::list<entry> by_use_;  // the latest first
    std::unordered_map<question, std::list<entry>::iterator, question_hash> by_question_;
};

}  // namespace kurir::dns
