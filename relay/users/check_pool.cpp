#include "relay/users/check_pool.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace kurir::users {

namespace {

constexpr int less_urgent = 10;  // steps of niceness
constexpr int least_urgent = 19;

// The longest that Linux takes. From 6.12 on a thread that wakes up interrupts one of longer slices
// at once. Otherwise it waits until the hash has used up its slice, and a message waits with it.
constexpr std::uint64_t slice_ns = 100'000'000;

// `struct sched_attr` of sched_setattr(2) in its first version. The kernel's header has it, but
// can't be included beside glibc's sched.h.
struct thread_urgency {
    std::uint32_t size = sizeof(thread_urgency);
    std::uint32_t policy = SCHED_BATCH;
    std::uint64_t flags = 0;
    std::int32_t niceness = 0;
    std::uint32_t priority = 0;  // of real-time policies
    std::uint64_t runtime_ns = slice_ns;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};
static_assert(sizeof(thread_urgency) == 48);

// In Linux each thread has a priority of its own. A container may forbid the call; then the
// niceness alone has to do.
void become_less_urgent() {
    thread_urgency wanted;
    wanted.niceness = std::min(::getpriority(PRIO_PROCESS, 0) + less_urgent, least_urgent);
    if (::syscall(SYS_sched_setattr, 0, &wanted, 0) != 0) std::ignore = ::nice(less_urgent);
}

}  // namespace

void check_pool::give_way() {
    thread_local const bool done = (become_less_urgent(), true);
    std::ignore = done;
}

}  // namespace kurir::users
