#include "relay/outbound/token_block.hpp"

#include <algorithm>
#include <utility>

namespace kurir::outbound {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds retry_first = 5s;
constexpr std::chrono::seconds retry_most = 60s;
constexpr unsigned doublings_max = 4;

}  // namespace

token_block::time_point token_block::next(time_point now) const noexcept {
    if (has(now)) return now;
    if (asking_ || retry_at_ <= now) return time_point::max();
    return retry_at_;
}

queue::token_request token_block::request() const {
    return {.name = {}, .count = whole_.count, .per = whole_.per, .returned_to = slice_};
}

std::optional<queue::token_request> token_block::draw(time_point now) {
    if (asking_ || has(now) || now < retry_at_) return std::nullopt;
    asking_ = true;
    auto made = request();
    size_ = std::min(size_, queue::draw_size(whole_.count, nodes_));
    made.wanted = size_;
    made.returned = std::exchange(left_, 0);
    return made;
}

void token_block::drawn(const queue::token_grant& grant, time_point asked) {
    asking_ = false;
    failures_ = 0;
    left_over_ = grant.left_over;
    slice_ = grant.slice;
    until_ = asked + grant.left;
    left_ = grant.tokens;
    if (grant.tokens == 0) retry_at_ = asked + std::max<std::chrono::milliseconds>(grant.retry, 1s);
    size_ *= 2;
}

// Whatever it drew is lost: it is not known.
void token_block::failed(time_point now) {
    asking_ = false;
    retry_at_ = now + std::min(retry_first * (1 << std::min(failures_, doublings_max)), retry_most);
    ++failures_;
}

std::optional<queue::token_request> token_block::give_back() {
    if (left_ == 0) return std::nullopt;
    auto made = request();
    made.returned = std::exchange(left_, 0);
    return made;
}

}  // namespace kurir::outbound
