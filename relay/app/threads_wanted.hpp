// The threads of the program are all started at the beginning. The program first checks whether it
// can have so many: a library that gets no thread ends the process without a message.
#pragma once

#include <cstddef>
#include <string>

#include "relay/config/config.hpp"

namespace kurir::app {

// The number of threads beside the main thread. Pure.
std::size_t threads_wanted(const config::config& config) noexcept;

// Starts that many threads at once and ends them again. Returns why that failed, for people; empty
// on success.
std::string why_not_so_many_threads(std::size_t count);

}  // namespace kurir::app
