// What is remembered of TLS with remote servers: with which it failed lately, and the sessions that
// can be resumed.
//
// Each is kept for an hour at most. When there are too many, the one touched longest ago is
// forgotten. Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <string>

#include "relay/base/recent_map.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/tls_resumption.hpp"

namespace kurir::outbound {

class tls_memory {
public:
    using time_point = net::clock::time_point;

    static constexpr auto kept = std::chrono::hours(1);
    static constexpr std::size_t servers_max = 10'000;
    static constexpr std::size_t sessions_max = 1'000;  // a few KiB each

    // TLS failed with `server`: its name and port.
    void failed(const std::string& server, time_point now) { failed_.touch(server) = now + kept; }
    bool failed_lately(const std::string& server, time_point now) const {
        const auto* until = failed_.find(server);
        return until != nullptr && now < *until;
    }

    // `terms`: everything on which it depends whether a session may be resumed.
    void keep(const std::string& terms, net::resumable_session session, time_point now) {
        sessions_.touch(terms) = {.session = std::move(session), .until = now + kept};
    }
    net::resumable_session session(const std::string& terms, time_point now) const {
        const auto* found = sessions_.find(terms);
        return found != nullptr && now < found->until ? found->session : net::resumable_session();
    }
    void forget_session(const std::string& terms) { sessions_.erase(terms); }
    void forget_sessions() { sessions_ = base::recent_map<kept_session>(sessions_max); }

private:
    struct kept_session {
        net::resumable_session session;
        time_point until;
    };

    base::recent_map<time_point> failed_{servers_max};
    base::recent_map<kept_session> sessions_{sessions_max};
};

}  // namespace kurir::outbound
