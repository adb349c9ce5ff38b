// How much memory the process may use, and how close to the limit it is.
//
// Known limits are respected before they are reached: the kernel kills a process that exceeds the
// limit of its memory group, and a failed allocation ends the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/store.hpp"

namespace kurir::app {

struct memory_use {
    std::uint64_t used = 0;
    std::uint64_t limit = 0;  // 0: none
    std::string name = {};    // of the limit, for people
};

// The uses of memory that have a limit: of the memory group (memory that can't be reclaimed), and
// of RLIMIT_AS and RLIMIT_DATA (address space).
std::vector<memory_use> limited_memory();

// The use that is closest to its limit; nothing if there is none. Pure.
std::optional<memory_use> tightest(const std::vector<memory_use>& uses);

// The pressure of such a use. It goes down again a little later than it goes up. Pure.
queue::pressure pressure_of(const memory_use& use, queue::pressure before) noexcept;

// How the program keeps within its limits of memory.
struct memory_plan {
    // The maximum number of large messages in memory that are being received, and as many that are
    // being delivered; 0: no limit.
    std::size_t large_messages = 0;
    std::size_t memtables = 32ULL << 20;  // of the store
    std::size_t readers = 2;              // threads of the store
    std::size_t threads_max = SIZE_MAX;   // of I/O
};

// The plan for this number of I/O `threads`. Pure.
memory_plan plan_memory(const std::vector<memory_use>& uses, std::size_t threads) noexcept;

// The memory of a group that can't be reclaimed, from the text of its memory.stat. Pure.
std::uint64_t unreclaimable_of(std::string_view memory_stat, bool version_2) noexcept;

// The path of our memory group in the text of /proc/self/cgroup, and whether it is of version 2.
// Pure.
struct memory_group {
    std::string path;
    bool version_2 = true;
};
memory_group memory_group_of(std::string_view proc_cgroup);

// If address space is limited, threads that are started later get small stacks.
void save_address_space() noexcept;

// Gives memory that the calling thread does not need back to the system.
void give_back_memory() noexcept;

}  // namespace kurir::app
