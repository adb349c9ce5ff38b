#include "relay/app/threads_wanted.hpp"

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include "relay/inbound/login_desk.hpp"

namespace kurir::app {

namespace {

constexpr std::size_t of_the_log = 1;
constexpr std::size_t of_the_database = 3;   // flush, compaction, timer
constexpr std::size_t threads_of_store = 6;  // committer, two readers, recovery, bulk, reclaim
constexpr std::size_t of_scrapes = 1;
constexpr std::size_t of_the_quotas = 1;
constexpr std::size_t of_watched_files = 1;
constexpr std::size_t of_suppressions = 1;
constexpr std::size_t of_suspensions = 1;
constexpr std::size_t of_the_history = 2;  // writer, reader

}  // namespace

std::size_t threads_wanted(const config::config& config) noexcept {
    const auto of_signatures = config.dkim.given() ? config.threads : 0;
    const auto of_logins = config::has_logins(config) ? inbound::login_threads(config) : 0;
    return of_the_log + of_the_database + threads_of_store + of_scrapes + of_the_quotas +
           of_watched_files + of_suppressions + of_suspensions + of_the_history + of_logins +
           of_signatures + config.threads;
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
