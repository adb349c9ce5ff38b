#include "queue/terms_pool.hpp"

#include <cassert>

namespace kurir::queue {

std::uint32_t terms_pool::add(const rare<delivery_terms>& terms) {
    if (!terms) return none;
    const auto [found, is_new] = numbers_.try_emplace(*terms, none);
    if (is_new) {
        if (free_.empty()) {
            all_.emplace_back();
            found->second = static_cast<std::uint32_t>(all_.size());
        } else {
            found->second = free_.back();
            free_.pop_back();
        }
        all_[found->second - 1].terms = terms;
    }
    ++all_[found->second - 1].users;
    return found->second;
}

void terms_pool::remove(std::uint32_t number) {
    if (number == none) return;
    auto& entry = all_[number - 1];
    assert(entry.users > 0);
    if (--entry.users > 0) return;
    numbers_.erase(*entry.terms);
    entry.terms = {};
    free_.push_back(number);
}

rare<delivery_terms> terms_pool::at(std::uint32_t number) const {
    return number == none ? rare<delivery_terms>() : all_[number - 1].terms;
}

}  // namespace kurir::queue
