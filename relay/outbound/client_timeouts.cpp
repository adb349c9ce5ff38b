#include "relay/outbound/client_timeouts.hpp"

#include <algorithm>

namespace kurir::outbound {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr auto commands_max = 20min;

// The least pace of a body, beyond the first half hour.
constexpr auto body_grace = 30min;
constexpr std::uint64_t body_pace = 16UL * 1024;  // bytes a second

// RSET after a refusal only confirms it.
constexpr auto reset_max = 30s;

}  // namespace

milliseconds client_timeouts::reply(smtp::client_stage stage) const {
    using smtp::client_stage;
    switch (stage) {
        case client_stage::data:
            return data;
        case client_stage::eod:
            return final_reply;
        case client_stage::reset:
            return std::min<milliseconds>(command, reset_max);
        case client_stage::mail:
        case client_stage::rcpt:
            break;
    }
    return command;
}

milliseconds client_timeouts::commands() const {
    return std::max<milliseconds>(commands_max, command);
}

milliseconds client_timeouts::body(std::uint64_t size) const {
    return body_grace + final_reply + std::chrono::seconds(size / body_pace);
}

}  // namespace kurir::outbound
