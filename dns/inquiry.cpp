#include "dns/inquiry.hpp"

namespace kurir::dns {
namespace {

// An answer tells more than silence, and silence tells more than a server that could not be asked.
int weight_of(boost::system::error_code failure) {
    if (failure == errc::unreachable) return 0;
    return failure == errc::timeout ? 1 : 2;
}

}  // namespace

std::optional<inquiry::step> inquiry::next() {
    if (certain_ || all_asked()) return {};
    const step next{.server = servers_[asked_ % servers_.size()], .edns = asked_ < servers_.size()};
    ++asked_;
    return next;
}

void inquiry::heard(const result<answer>& said) {
    const bool first = answers_++ == 0;
    if (certain_) return;
    // Another server would not change these failures.
    const bool is_certain = said
                                ? !said->unconfirmed
                                : said.error() == errc::cancelled || said.error() == errc::shortage;
    if (is_certain) {
        certain_ = said;
    } else if (said) {
        if (!unconfirmed_) unconfirmed_ = *said;
    } else if (first || weight_of(said.error()) > weight_of(failure_)) {
        failure_ = said.error();
    }
}

std::optional<result<answer>> inquiry::outcome() const {
    if (certain_) return certain_;
    if (answers_ < rounds * servers_.size()) return {};
    return best();
}

result<answer> inquiry::best() const {
    if (certain_) return *certain_;
    if (unconfirmed_) return *unconfirmed_;
    return failure_;
}

}  // namespace kurir::dns
