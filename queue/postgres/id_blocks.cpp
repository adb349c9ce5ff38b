#include "queue/postgres/id_blocks.hpp"

#include "queue/postgres/statements.hpp"

namespace kurir::queue::postgres {

message_id id_blocks::next() {
    const std::lock_guard lock(mutex_);
    if (next_ == end_) return {};
    used_ = true;
    return message_id(next_++);
}

answer<void> id_blocks::refill(
    connection& database, std::chrono::milliseconds patience, time_point now
) {
    {
        const std::lock_guard lock(mutex_);
        if (!used_ && now - refilled_at_ < unused_max) return {};
    }
    auto taken = take(database, patience);
    if (taken) refilled_at_ = now;
    return taken;
}

answer<void> id_blocks::refill_if_low(connection& database, std::chrono::milliseconds patience) {
    {
        const std::lock_guard lock(mutex_);
        if (end_ - next_ > few) return {};
    }
    return take(database, patience);
}

answer<void> id_blocks::take(connection& database, std::chrono::milliseconds patience) {
    std::uint64_t floor = 0;
    {
        const std::lock_guard lock(mutex_);
        floor = end_;
    }
    database.add(sql::take_ids, parameters().number(size).number(static_cast<std::int64_t>(floor)));
    const auto answers = database.run(patience);
    if (!answers) return answers.error();
    const std::lock_guard lock(mutex_);
    // Zero is no id.
    next_ = static_cast<std::uint64_t>(answers->front().number(0, 0)) + 1;
    end_ = next_ + size - 1;
    used_ = false;
    return {};
}

}  // namespace kurir::queue::postgres
