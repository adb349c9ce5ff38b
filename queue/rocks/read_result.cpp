#include "queue/rocks/read_result.hpp"

namespace kurir::queue {

read_result<record_state> look_up(
    const database& source, family column, std::string_view key, rocksdb::PinnableSlice& value
) {
    auto status = source.get(column, key, value);
    if (status.ok()) return record_state::found;
    value.Reset();
    if (status.IsNotFound()) return record_state::absent;
    if (is_passing(status)) return status;
    return record_state::damaged;
}

}  // namespace kurir::queue
