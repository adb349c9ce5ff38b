// Names one life of a process among the owners of a queue.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace kurir::queue::postgres {

// A UUID that was drawn when the process started. A host name would do for people, but not for
// claims: two processes may have the same one, and a process that was started again must not have
// the claims of the one before it.
class owner_id {
public:
    // From the operating system's random numbers. Throws `std::system_error` if there are none.
    static owner_id draw();

    std::string_view bytes() const noexcept { return {bytes_.data(), bytes_.size()}; }

private:
    std::array<char, 16> bytes_{};
};

}  // namespace kurir::queue::postgres
