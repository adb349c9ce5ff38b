#include "relay/app/threads_wanted.hpp"

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

namespace kurir::app {

namespace {

constexpr std::size_t of_the_log = 1;
constexpr std::size_t of_the_database = 3;  // flush, compaction, timer
constexpr std::size_t of_the_store = 6;     // committer, two readers, recovery, bulk, reclaim
constexpr std::size_t of_scrapes = 1;

}  // namespace

std::size_t threads_wanted(const config::config& config) noexcept {
    return of_the_log + of_the_database + of_the_store + of_scrapes + config.threads;
}

std::string why_not_so_many_threads(std::size_t count) {
    std::latch over(1);
    std::vector<std::jthread> trial;
    trial.reserve(count);
    std::string why_not;
    try {
        while (trial.size() < count)
            trial.emplace_back([&over] { over.wait(); });
    } catch (const std::system_error& error) {
        why_not = "only " + std::to_string(trial.size()) + " of " + std::to_string(count) +
                  " threads could be started: " + error.what();
    }
    over.count_down();
    return why_not;
}

}  // namespace kurir::app
