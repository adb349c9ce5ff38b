// Handles an unexpected exception: logs it and continues with everything else.
#pragma once

#include <exception>
#include <string_view>

namespace kurir::log {

// Logs `failure` as the event `internal`. `place` names the part of the program that has ended.
void internal_error(std::string_view place, const std::exception_ptr& failure);

// The same as a handler, for task groups. `place` is a literal.
inline auto internal_error(std::string_view place) {
    return [place](const std::exception_ptr& failure) { internal_error(place, failure); };
}

}  // namespace kurir::log
