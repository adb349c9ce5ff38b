// Stored counts: what is read is bounded and is written again as it was; and what has a right
// checksum but wrong lines does no harm.
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "queue/crc32c.hpp"
#include "relay/quota/ledger.hpp"
#include "relay/quota/record.hpp"

namespace {

using namespace kurir::quota;

void check(std::string_view text) {
    auto read = read_record(text);
    if (!read) return;
    assert(read->size() <= ledger::accounts_max);
    const auto written = record_of(*read);
    const auto again = read_record(written);
    assert(again && again->size() == read->size());
    const time_point now{std::chrono::hours(490'000)};
    for (auto& [name, client] : *read) {
        std::ignore = client.is_empty(now);
        for (auto& each : client.messages)
            std::ignore = each.under(1, now);
        std::ignore = client.usual.find(now);
    }
    ledger counts;
    assert(counts.restore(written));
    std::ignore = counts.look_through(now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check(input);
    const auto summed = "kurir-quotas 1\n" + std::string(input) + '\n';
    std::array<char, 16> sum{};
    std::snprintf(sum.data(), sum.size(), "end %08x\n", kurir::queue::crc32c(summed));
    check(summed + sum.data());
    return 0;
}
