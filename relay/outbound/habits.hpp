// What was learnt of the servers that mail is sent to: how many messages one takes over a
// connection and recipients in a transaction, which extensions don't work there, whether it can be
// trusted.
//
// A number that a server has named by X.5.3 or in words counts at once, for an hour. One that only
// its behaviour shows counts when it shows three times in a row, for ten minutes: errors at random
// show numbers too. When there are too many servers, the one that was not learnt of for longest is
// forgotten.
//
// Pure: the caller supplies the clock reading. `shared_habits` is for several threads.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "relay/net/clock.hpp"
#include "relay/outbound/extensions.hpp"

namespace kurir::outbound {

class habits {
public:
    using time_point = net::clock::time_point;

    // 0: no limit is known.
    struct known {
        std::size_t messages = 0;    // over one connection
        std::size_t recipients = 0;  // in one transaction
        extension_set without = {};
        bool fresh_helps = true;  // against a refusal on a connection that has carried messages
    };
    enum class evidence { named, seen };

    explicit habits(std::size_t servers_max = 10'000) : servers_max_(servers_max) {}

    // `server`: its name and port.
    known of(const std::string& server, time_point now) const;

    // It refused the message after `count` over one connection, and took it over another.
    void messages_were_enough(
        const std::string& server, std::size_t count, evidence kind, time_point now
    );

    // It refused the recipient after `count` in one transaction.
    void recipients_were_enough(
        const std::string& server, std::size_t count, evidence kind, time_point now
    );

    // A message went well without them and not with them.
    void does_without(const std::string& server, const extension_set& extensions, time_point now);

    // It said what nobody asked for: a connection to it carries one message.
    void says_unasked(const std::string& server, time_point now);

    // It refused over a fresh connection too what it had refused over one with messages.
    void fresh_was_in_vain(const std::string& server, time_point now);

    std::size_t size() const noexcept { return by_server_.size(); }

private:
    struct limit {
        std::size_t count = 0;
        time_point until{};
        std::size_t guess = 0;
        unsigned guesses = 0;

        void learn(std::size_t met, evidence kind, time_point now);
        std::size_t at(time_point now) const { return now < until ? count : 0; }
    };
    struct entry {
        std::string server;
        limit messages = {};
        limit recipients = {};
        extension_set without = {};
        time_point without_until{};
        unsigned in_vain = 0;  // in a row
        time_point in_vain_until{};
    };
    using entries = std::list<entry>;

    entry& learn(const std::string& server);

    std::size_t servers_max_;
    entries by_age_;  // the one heard of last is the last
    std::unordered_map<std::string, entries::iterator> by_server_;
};

// For the connections of all threads.
class shared_habits {
public:
    habits::known of(const std::string& server) {
        const std::lock_guard guard(lock_);
        return known_.of(server, net::clock::now());
    }

    // `change` is given the habits and the time.
    template <class Change>
    void learn(Change change) {
        const std::lock_guard guard(lock_);
        change(known_, net::clock::now());
    }

private:
    std::mutex lock_;
    habits known_;
};

}  // namespace kurir::outbound
