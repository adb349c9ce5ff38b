// What relays have drawn of a rate, as the database has it: whatever it is, what was read is
// written again as it was, and no grant gives more than was wanted, or more than the rate.
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "queue/shared_rate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kurir::queue;
    auto record = token_record::read({reinterpret_cast<const char*>(data), size});
    if (!record) return 0;
    auto again = token_record::read(record->text());
    assert(again && again->text() == record->text());
    const auto time = std::chrono::milliseconds(1'795'910'400'000);  // in November of 2026
    for (const auto per : {drawn_period_min, std::chrono::milliseconds(std::chrono::days(1))}) {
        token_request request{
            .name = "limit", .count = 100, .per = per, .wanted = 7, .returned = size
        };
        request.returned_to = time - time % (per / slices_of_period);
        const auto made = record->grant(request, time);
        assert(made.tokens <= request.wanted && made.tokens + made.left_over <= request.count);
        assert(made.tokens > 0 || made.retry.count() > 0);
        assert(made.left.count() > 0 && made.left <= per / slices_of_period);
        assert(token_record::read(record->text()));
        assert(record->end().count() >= 0);
    }
    return 0;
}
