#include "relay/app/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace kurir::app {

namespace {

constexpr std::uint64_t of_the_store = 256 + 64;  // tables that are kept open; logs, bodies
constexpr std::uint64_t of_the_rest = 128;        // loops, listeners, DNS, scrapes

}  // namespace

std::uint64_t descriptors_wanted(const config::config& config) noexcept {
    return config.max_sessions + config.delivery_workers + of_the_store + of_the_rest;
}

std::uint64_t raise_descriptor_limit(std::uint64_t wanted) noexcept {
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur >= wanted) return limit.rlim_cur;
    auto raised = limit;
    raised.rlim_cur = std::min<::rlim_t>(wanted, limit.rlim_max);
    return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

}  // namespace kurir::app
