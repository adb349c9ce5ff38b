#include "relay/app/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace kurir::app {

namespace {

constexpr std::uint64_t of_the_store = 256 + 64;  // tables that are kept open; logs, bodies
constexpr std::uint64_t of_the_rest = 128;        // loops, listeners, DNS, scrapes

// Descriptors that are always open.
constexpr std::uint64_t of_the_start =
    17;                                   // standard streams, HTTP; the store's lock, log, folders
constexpr std::uint64_t of_a_thread = 3;  // of its loop
constexpr std::uint64_t of_look_ups = 4;

}  // namespace

std::uint64_t descriptors_wanted(const config::config& config) noexcept {
    // Sessions that are closed to make room keep their descriptors a moment longer.
    const auto sessions = config.max_sessions + config.max_sessions / 4;
    return sessions + config.delivery_workers + of_the_store + of_the_rest;
}

std::size_t workers_within(std::uint64_t limit, const config::config& config) noexcept {
    if (limit >= descriptors_wanted(config)) return config.delivery_workers;
    const auto needed =
        of_the_start + of_a_thread * (config.threads + 1) + config.listen.size() + of_look_ups;
    const std::uint64_t left = limit > needed ? limit - needed : 0;
    const std::uint64_t fitting = std::max<std::uint64_t>(left / 3, 1);
    return std::min<std::uint64_t>(config.delivery_workers, fitting);
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
