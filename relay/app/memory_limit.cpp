#include "relay/app/memory_limit.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "relay/base/open_file.hpp"

// A function of mimalloc, which not every build has.
extern "C" __attribute__((weak)) void mi_collect(bool force);

namespace kurir::app {

namespace fs = std::filesystem;

namespace {

// Larger ones mean "none".
constexpr std::uint64_t limit_max = 1ULL << 46;

// The allocator takes address space in pieces of this size, twice as much for a moment.
constexpr std::uint64_t piece = 32ULL << 20;

std::uint64_t number_of(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value < limit_max ? value : 0;
}

// The group whose limit counts.
struct limited_group {
    fs::path folder;
    std::uint64_t limit = 0;  // 0: none
    bool version_2 = true;
};

// The least limit from our group upwards; a container sees its own group at the root.
limited_group find_group() {
    const auto group = memory_group_of(base::content_of("/proc/self/cgroup"));
    const fs::path root = group.version_2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    const auto* name = group.version_2 ? "memory.max" : "memory.limit_in_bytes";
    limited_group found{.folder = {}, .version_2 = group.version_2};
    for (fs::path at = group.path;; at = at.parent_path()) {
        const auto folder = root / at.relative_path();
        const auto limit = number_of(base::content_of(folder / name));
        if (limit != 0 && (found.limit == 0 || limit < found.limit)) {
            found.folder = folder;
            found.limit = limit;
        }
        if (at == at.root_path() || at.empty()) return found;
    }
}

// Others may be in the group, and a queue in a tmpfs. Our own resident memory counts at least.
memory_use use_of_group(std::uint64_t resident) {
    // Which group we are in does not change, and its limit hardly ever.
    static const auto group = find_group();
    memory_use use{.used = resident, .limit = group.limit, .name = "memory group"};
    if (group.limit == 0) return use;
    const auto stat = base::content_of(group.folder / "memory.stat");
    use.used = std::max(use.used, unreclaimable_of(stat, group.version_2));
    return use;
}

std::uint64_t room_of(const memory_use& use) {
    return use.limit > use.used ? use.limit - use.used : 0;
}

// A large message costs a block of input, a chunk, and copies of it on the way to the disk or the
// network.
constexpr std::uint64_t large_message = 768ULL << 10;

// The minimum of messages in memory, however little memory there is; and what the store needs then.
constexpr std::uint64_t large_messages_min = 8;
constexpr std::uint64_t memtables_min = 8ULL << 20;

// Address space that the program uses with two I/O threads, before there is any mail; and what each
// further thread may use.
constexpr std::uint64_t address_space_at_start = 400ULL << 20;
constexpr std::uint64_t address_space_of_thread = 2 * piece;
constexpr std::size_t threads_min = 2;

memory_plan plan_for(const memory_use& use, std::size_t threads) noexcept {
    memory_plan plan;
    auto spare = use.limit;
    if (use.name == "RLIMIT_AS") {
        spare = use.limit > address_space_at_start ? use.limit - address_space_at_start : 0;
        plan.threads_max = threads_min + spare / 2 / address_space_of_thread;
        const auto more = std::min(threads, plan.threads_max) - std::min(threads, threads_min);
        spare -= more * address_space_of_thread;
        if (spare < 8 * piece) plan.readers = 1;
    }
    plan.large_messages = std::max(spare / 5 / large_message, large_messages_min);
    plan.memtables = std::clamp<std::size_t>(spare / 16, memtables_min, plan.memtables);
    return plan;
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

std::uint64_t unreclaimable_of(std::string_view memory_stat, bool version_2) noexcept {
    using names = std::array<std::string_view, 7>;
    constexpr names of_version_2{
        "anon", "shmem", "sock", "kernel_stack", "pagetables", "percpu", "slab_unreclaimable"
    };
    constexpr names of_version_1{"total_rss", "total_shmem"};
    const auto& counted = version_2 ? of_version_2 : of_version_1;
    std::uint64_t sum = 0;
    while (!memory_stat.empty()) {
        const auto line = memory_stat.substr(0, memory_stat.find('\n'));
        memory_stat.remove_prefix(std::min(line.size() + 1, memory_stat.size()));
        const auto space = line.find(' ');
        if (space == 0 || space == std::string_view::npos) continue;
        const bool counts = std::ranges::find(counted, line.substr(0, space)) != counted.end();
        if (counts) sum += number_of(line.substr(space + 1));
    }
    return sum;
}

std::vector<memory_use> limited_memory() {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const auto used = pages();
    std::vector<memory_use> all{
        use_of_group(used[1] * page),
        {used[0] * page, process_limit(RLIMIT_AS), "RLIMIT_AS"},
        {used[5] * page, process_limit(RLIMIT_DATA), "RLIMIT_DATA"},
    };
    std::erase_if(all, [](const memory_use& each) { return each.limit == 0; });
    return all;
}

std::optional<memory_use> tightest(const std::vector<memory_use>& uses) {
    const auto least = std::ranges::min_element(uses, {}, room_of);
    if (least == uses.end()) return std::nullopt;
    return *least;
}

memory_plan plan_memory(const std::vector<memory_use>& uses, std::size_t threads) noexcept {
    memory_plan least;
    for (const auto& each : uses) {
        const auto plan = plan_for(each, threads);
        least.large_messages = least.large_messages == 0
                                   ? plan.large_messages
                                   : std::min(least.large_messages, plan.large_messages);
        least.memtables = std::min(least.memtables, plan.memtables);
        least.readers = std::min(least.readers, plan.readers);
        least.threads_max = std::min(least.threads_max, plan.threads_max);
    }
    return least;
}

queue::pressure pressure_of(const memory_use& use, queue::pressure before) noexcept {
    const bool by_pieces = use.name.starts_with("RLIMIT");
    auto tight = by_pieces ? piece + piece / 2 : use.limit / 8;
    auto critical = by_pieces ? piece + piece / 8 : use.limit / 24;
    if (before != queue::pressure::none) tight += tight / 4;
    if (before == queue::pressure::critical) critical += critical / 4;
    const auto room = room_of(use);
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
