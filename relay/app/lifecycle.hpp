// A line of the log about how far the program is, for who only wants to know that.
#pragma once

#include "relay/log/log.hpp"

namespace kurir::app {

// `state`: a word, such as "started".
inline void lifecycle(const char* state) {
    log::event(log::level::notice, "lifecycle").with("what", state);
}

}  // namespace kurir::app
