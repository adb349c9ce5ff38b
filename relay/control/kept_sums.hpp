// Sums of the whole queue, for those who ask again and again. Summing up takes a tenth of the time
// at most: a sum is kept for nine times as long as it took. So it is always new in a short queue,
// and some seconds old in one of millions.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>

#include "relay/control/queue_view.hpp"
#include "relay/net/clock.hpp"

namespace kurir::control {

class kept_sums {
public:
    // `view` must outlive it. Lives on its executor. `by`: something that memory tells.
    kept_sums(queue_view& view, grouping by) : view_(view), by_(by) {}

    // Those of before, if they could not be made now; none, if there are none.
    boost::asio::awaitable<std::shared_ptr<const group_sums>> get() {
        const auto begun = net::clock::now();
        if (sums_ != nullptr && begun < good_until_) co_return sums_;
        auto sums = co_await view_.sums(selector::everything(), by_);
        if (!sums) co_return sums_ != nullptr ? sums_ : std::make_shared<const group_sums>();
        const auto made = std::make_shared<const group_sums>(std::move(*sums));
        const auto ended = net::clock::now();
        sums_ = made;
        good_until_ = ended + 9 * (ended - begun);
        co_return made;
    }

private:
    queue_view& view_;
    const grouping by_;
    std::shared_ptr<const group_sums> sums_;
    net::clock::time_point good_until_{};
};

}  // namespace kurir::control
