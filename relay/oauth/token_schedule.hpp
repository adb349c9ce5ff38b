// When a token is asked for: the life of the tokens of one credential. Pure: the caller supplies
// the clock reading.
//
// - A token is renewed in the last fifth of its life, at most five minutes before its end; the old
//   one is used meanwhile. In its last seconds it is not used any more.
// - After a failure the server is left alone: for seconds, doubling to minutes, if it could not
//   answer; for minutes, doubling to half an hour, if it said no. Who asks meanwhile is told why.
// - A token that the relayhost refuses is thrown away once; if the next one is refused, too, that
//   one stays until it is renewed, because the token server would only give more of the kind.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "relay/net/clock.hpp"
#include "relay/oauth/token_answer.hpp"

namespace kurir::oauth {

class token_schedule {
public:
    using time_point = net::clock::time_point;

    static constexpr std::chrono::seconds last_moments{30};
    static constexpr std::chrono::seconds renewal_max{300};
    static constexpr std::chrono::seconds pause_min{5};
    static constexpr std::chrono::seconds pause_max{300};
    static constexpr std::chrono::seconds refused_pause_min{60};
    static constexpr std::chrono::seconds refused_pause_max{1800};

    // The token that can be used; null if there is none.
    const sasl::secret* usable(time_point now) const;

    // Whether the server is to be asked now.
    bool wants_request(time_point now) const;

    // Why the last request failed; empty if it did not.
    const std::string& trouble() const noexcept { return trouble_; }

    void granted(const token_grant& grant, time_point now);
    void failed(const token_failure& failure, time_point now);

    // The relayhost refused a token, or took it. True if another one is to be asked for.
    bool refused(const std::string& token, time_point now);
    void accepted(const std::string& token);

private:
    struct held {
        sasl::secret token;
        time_point renewal;
        time_point end;
    };

    std::optional<held> held_;
    std::string trouble_;
    std::chrono::seconds pause_{0};
    time_point next_request_{};
    bool replaced_ = false;  // the token is there because the one before was refused
};

}  // namespace kurir::oauth
