// A pause of a task that goes on until its group asks it to stop.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "relay/net/clock.hpp"

namespace kurir::net {

// True after so long; false as soon as the task is to stop (task_group.hpp). `tick`: the task's
// own, of its executor.
boost::asio::awaitable<bool> pause_for(timer& tick, clock::duration time);

}  // namespace kurir::net
