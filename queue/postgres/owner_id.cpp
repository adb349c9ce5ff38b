#include "queue/postgres/owner_id.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace kurir::queue::postgres {

owner_id owner_id::draw() {
    owner_id made;
    if (::getentropy(made.bytes_.data(), made.bytes_.size()) != 0) {
        throw std::system_error(errno, std::generic_category(), "getentropy");
    }
    // Version 4, variant 1 (RFC 9562 section 5.4).
    made.bytes_[6] = static_cast<char>((made.bytes_[6] & 0x0f) | 0x40);
    made.bytes_[8] = static_cast<char>((made.bytes_[8] & 0x3f) | 0x80);
    return made;
}

}  // namespace kurir::queue::postgres
