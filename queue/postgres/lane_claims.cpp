#include "queue/postgres/lane_claims.hpp"

#include <cstddef>
#include <cstdint>

#include "queue/postgres/claim_statements.hpp"

namespace kurir::queue::postgres {

answer<std::vector<lane_source>> lanes_with_mail(
    connection& database,
    const claim_order& wanted,
    bool takes_over,
    std::chrono::milliseconds patience
) {
    database.add(
        sql::lanes_with_mail,
        parameters()
            .number(static_cast<std::int64_t>(lanes))
            .byte_strings(wanted.left_out)
            .number(wanted.unclaimed.count())
    );
    const auto answers = database.run(patience);
    if (!answers) return answers.error();
    const auto& found = answers->front();
    std::vector<lane_source> sources;
    for (std::size_t row = 0; row < found.size(); ++row) {
        const auto lane = static_cast<std::size_t>(found.number(row, 0));
        if (takes_over && found.flag(row, 1)) sources.push_back({.lane = lane, .is_left = true});
        if (found.flag(row, 2)) sources.push_back({.lane = lane});
    }
    return sources;
}

void add_claim(
    connection& database, const claimant& self, const claim_order& wanted, const lane_part& part
) {
    database.add(
        part.source.is_left ? sql::claim_left : sql::claim_free,
        parameters()
            .bytes(self.owner.bytes())
            .number(self.lease.count())
            .number(static_cast<std::int64_t>(part.room))
            .byte_strings(wanted.left_out)
            .number(wanted.unclaimed.count())
            .number(static_cast<std::int64_t>(part.source.lane))
    );
}

}  // namespace kurir::queue::postgres
