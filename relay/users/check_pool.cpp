#include "relay/users/check_pool.hpp"

#include <unistd.h>

#include <tuple>

namespace kurir::users {

// This thread takes what the others leave: nobody waits as long for a message's reply as for a
// hash. In Linux each thread has a priority of its own.
void check_pool::give_way() {
    constexpr int niceness = 10;
    thread_local const int done = ::nice(niceness);
    std::ignore = done;
}

}  // namespace kurir::users
