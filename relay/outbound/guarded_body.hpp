// The bytes of a message whose end is given out only while the claims of its deliveries hold. Else
// `queue::errc::lost`: the transaction breaks off.
//
// To write a chunk may take minutes. So the last one does not end the message: an empty one
// follows, before which the claims are looked at. A message that a socket takes at once has its end
// with it.
#pragma once

#include <cstddef>
#include <vector>

#include "relay/outbound/body_source.hpp"
#include "relay/outbound/claim_guard.hpp"

namespace kurir::outbound {

class guarded_body final : public body_source {
public:
    // What goes with the end, at most, in bytes: less than the buffer of any socket.
    static constexpr std::size_t at_once_max = 8UL * 1024;

    // All must outlive it.
    guarded_body(
        body_source& body, const claim_guard& claims, const std::vector<queue::delivery>& tried
    )
        : body_(body), claims_(claims), tried_(tried) {}

    boost::asio::awaitable<net::result<chunk>> next() override;

private:
    net::result<chunk> end(chunk last) const;

    body_source& body_;
    const claim_guard& claims_;
    const std::vector<queue::delivery>& tried_;
    bool begun_ = false;
    bool at_end_ = false;  // all bytes are given out
};

}  // namespace kurir::outbound
