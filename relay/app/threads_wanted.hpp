// The threads of the program are all started at the beginning. Whether there can be so many is
// found out before anything else: a library that gets no thread ends the process without a word.
#pragma once

#include <cstddef>
#include <string>

#include "relay/config/config.hpp"

namespace kurir::app {

// How many run at once beside the main thread. Pure.
std::size_t threads_wanted(const config::config& config) noexcept;

// Starts so many at once and ends them again. Why that failed, for people; empty if it did not.
std::string why_not_so_many_threads(std::size_t count);

}  // namespace kurir::app
