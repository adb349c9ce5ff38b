// How much memory the process may take, and how close it is to that.
//
// A limit that is known is respected before it strikes: a memory group kills, and an allocation
// that fails ends the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "queue/store.hpp"

namespace kurir::app {

struct memory_use {
    std::uint64_t used = 0;
    std::uint64_t limit = 0;  // 0: none
    std::string name = {};    // of the limit, for people
};

// The use that is closest to its limit: of the memory group (resident memory), or of RLIMIT_AS or
// RLIMIT_DATA (address space). Nothing if no limit is set.
std::optional<memory_use> tightest_memory();

// The pressure of such a use. It goes down again a little later than it goes up. Pure.
queue::pressure pressure_of(const memory_use& use, queue::pressure before) noexcept;

// The path of our memory group in the text of /proc/self/cgroup, and whether it is of version 2.
// Pure.
struct memory_group {
    std::string path;
    bool version_2 = true;
};
memory_group memory_group_of(std::string_view proc_cgroup);

// Where address space is limited, threads that are started later get small stacks.
void save_address_space() noexcept;

// Gives memory that the calling thread does not need back to the system.
void give_back_memory() noexcept;

}  // namespace kurir::app
