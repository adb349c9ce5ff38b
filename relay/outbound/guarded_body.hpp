// The bytes of a message whose last ones, with which its end is sent, are given out only while the
// claims of its deliveries hold. Else `queue::errc::lost`: the transaction breaks off.
#pragma once

#include <vector>

#include "relay/outbound/body_source.hpp"
#include "relay/outbound/claim_guard.hpp"

namespace kurir::outbound {

class guarded_body final : public body_source {
public:
    // All must outlive it.
    guarded_body(
        body_source& body, const claim_guard& claims, const std::vector<queue::delivery>& tried
    )
        : body_(body), claims_(claims), tried_(tried) {}

    boost::asio::awaitable<net::result<chunk>> next() override;

private:
    body_source& body_;
    const claim_guard& claims_;
    const std::vector<queue::delivery>& tried_;
};

}  // namespace kurir::outbound
