#include "relay/app/memory_limit.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

// Of mimalloc, which not every build has.
extern "C" __attribute__((weak)) void mi_collect(bool force);

namespace kurir::app {

namespace fs = std::filesystem;

namespace {

// Larger ones mean "none".
constexpr std::uint64_t limit_max = 1ULL << 46;

// The allocator takes address space in pieces of this size, twice as much for a moment.
constexpr std::uint64_t piece = 32ULL << 20;

std::string contents(const fs::path& file) {
    std::ifstream from(file);
    return {std::istreambuf_iterator<char>(from), {}};
}

std::uint64_t number_in(const fs::path& file) {
    const auto text = contents(file);
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value < limit_max ? value : 0;
}

// The least limit from our group upwards; a container sees its own group at the root.
std::uint64_t group_limit() {
    const auto group = memory_group_of(contents("/proc/self/cgroup"));
    const fs::path root = group.version_2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    const auto* name = group.version_2 ? "memory.max" : "memory.limit_in_bytes";
    std::uint64_t least = 0;
    for (fs::path at = group.path;; at = at.parent_path()) {
        const auto limit = number_in(root / at.relative_path() / name);
        if (limit != 0) least = least == 0 ? limit : std::min(least, limit);
        if (at == at.root_path() || at.empty()) return least;
    }
}

std::uint64_t process_limit(decltype(RLIMIT_AS) which) {
    ::rlimit limit{};
    if (::getrlimit(which, &limit) != 0 || limit.rlim_cur >= limit_max) return 0;
    return limit.rlim_cur;
}

// Pages: of address space, resident, shared, code, unused, data and stacks.
std::array<std::uint64_t, 6> pages() {
    std::array<std::uint64_t, 6> all{};
    std::ifstream from("/proc/self/statm");
    for (auto& each : all)
        from >> each;
    return all;
}

}  // namespace

memory_group memory_group_of(std::string_view proc_cgroup) {
    memory_group found{.path = "/"};
    while (!proc_cgroup.empty()) {
        const auto line = proc_cgroup.substr(0, proc_cgroup.find('\n'));
        proc_cgroup.remove_prefix(std::min(line.size() + 1, proc_cgroup.size()));
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos) continue;
        const auto controllers =
            "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
        if (controllers.find(",memory,") != std::string::npos) {
            return {.path = std::string(line.substr(second + 1)), .version_2 = false};
        }
        if (controllers == ",,") found.path = line.substr(second + 1);
    }
    return found;
}

std::optional<memory_use> tightest_memory() {
    // Which group we are in does not change, and its limit hardly ever.
    static const auto group = group_limit();
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const auto used = pages();
    std::optional<memory_use> tightest;
    for (auto& each : {
             memory_use{used[1] * page, group, "memory group"},
             memory_use{used[0] * page, process_limit(RLIMIT_AS), "RLIMIT_AS"},
             memory_use{used[5] * page, process_limit(RLIMIT_DATA), "RLIMIT_DATA"},
         }) {
        if (each.limit == 0) continue;
        const auto room = [](const memory_use& of) {
            return of.limit > of.used ? of.limit - of.used : 0;
        };
        if (!tightest || room(each) < room(*tightest)) tightest = each;
    }
    return tightest;
}

queue::pressure pressure_of(const memory_use& use, queue::pressure before) noexcept {
    const bool by_pieces = use.name.starts_with("RLIMIT");
    auto tight = by_pieces ? piece + piece / 2 : use.limit / 8;
    auto critical = by_pieces ? piece + piece / 8 : use.limit / 24;
    if (before != queue::pressure::none) tight += tight / 4;
    if (before == queue::pressure::critical) critical += critical / 4;
    const auto room = use.limit > use.used ? use.limit - use.used : 0;
    if (room < critical) return queue::pressure::critical;
    return room < tight ? queue::pressure::tight : queue::pressure::none;
}

void save_address_space() noexcept {
    constexpr std::uint64_t ample = 4ULL << 30;
    constexpr std::size_t stack = 1U << 20;
    const auto limit = process_limit(RLIMIT_AS);
    if (limit == 0 || limit > ample) return;
    pthread_attr_t threads;
    if (::pthread_attr_init(&threads) != 0) return;
    if (::pthread_attr_setstacksize(&threads, stack) == 0) ::pthread_setattr_default_np(&threads);
    ::pthread_attr_destroy(&threads);
}

void give_back_memory() noexcept {
    if (mi_collect != nullptr) mi_collect(true);
}

}  // namespace kurir::app
