// The end of an attempt as a record: for a store that can't write it at once, and must not forget
// it.
//
// Times are those of the queue's clock. `queue/postgres/SCHEMA.md` has the layout. Pure.
#pragma once

#include <string>
#include <string_view>

#include "queue/message.hpp"
#include "queue/record.hpp"

namespace kurir::queue {

// Replaces the content of `out`.
void encode(const settlement& end, std::string& out);

// `errc::corrupt` for anything that `encode` did not write, `errc::newer` if a later version did.
decoded<settlement> decode_settlement(std::string_view record);

}  // namespace kurir::queue
