#include "queue/rocks/reading.hpp"

namespace kurir::queue {

reading<record_state> look_up(
    const database& in, family from, std::string_view key, rocksdb::PinnableSlice& value
) {
    auto status = in.get(from, key, value);
    if (status.ok()) return record_state::found;
    value.Reset();
    if (status.IsNotFound()) return record_state::absent;
    if (is_passing(status)) return status;
    return record_state::damaged;
}

}  // namespace kurir::queue
