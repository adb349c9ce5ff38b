// What nodes tell each other of clients: whatever a node of another version or a broken database
// says, it is read in bounds or passed over, and limits hold after it.
#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "queue/crc32c.hpp"
#include "relay/inbound/submission_limits.hpp"
#include "relay/quota/ledger.hpp"
#include "relay/quota/word_parts.hpp"

namespace {

using namespace kurir;
using namespace std::chrono_literals;

void hear(const std::string& words) {
    const quota::time_point now{std::chrono::hours(490'000)};
    const net::clock::time_point steady{};
    const queue::node_words told{.text = words, .age = 1s};

    quota::ledger counts;
    std::ignore = counts.tell(now);
    std::ignore = counts.tell_lasting(1, now);
    counts.hear({told, told}, now);
    counts.hear_lasting({.lasting = {told, told}}, now);
    const std::array<config::rate, 1> rates{{{10, 1h}}};
    const quota::limits limits{
        .messages = rates, .recipients = config::rate{10, 24h}, .runaway = 10
    };
    for (int i = 0; i < 20; ++i) {
        quota::taken message;
        std::ignore = counts.look("a", limits, now);
        const std::array<quota::recipient_hash, 1> recipients{static_cast<std::uint64_t>(i)};
        if (!counts.take("a", limits, recipients, now, message) && i % 2 == 0)
            counts.give_back(message);
    }
    counts.hear_lasting({.lasting = {told, told}, .from_start = true}, now);
    std::ignore = counts.tell(now + 2s);
    std::ignore = counts.tell_lasting(1, now + 3h);
    assert(counts.size() <= quota::ledger::accounts_max);
    std::ignore = counts.look_through(now);

    inbound::submission_limits limited(config::rate{10, 1s}, config::rate{10, 1h});
    for (int round = 0; round < 3; ++round) {
        std::ignore = limited.tell(1, steady + round * 2s);
        limited.hear({told, told}, steady + round * 2s);
        std::ignore = limited.admit("192.0.2.1", "a@b.test", steady + round * 2s);
    }
    const auto read =
        inbound::read_rate_words(quota::find_part(words, inbound::submission_limits::part_name));
    if (!read) return;
    assert(read->clients.size() <= inbound::rate_words::told_max);
    assert(inbound::text_of(*inbound::read_rate_words(text_of(*read))) == text_of(*read));
}

// A record with its checksum, as a part needs it.
std::string summed(std::string_view lines) {
    auto text = "kurir-quotas 1\n" + std::string(lines) + '\n';
    std::array<char, 16> sum{};
    std::snprintf(sum.data(), sum.size(), "end %08x\n", queue::crc32c(text));
    return text + sum.data();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    hear(input);
    auto words = quota::begin_words();
    const auto record = "1764000000000\n" + summed(input);
    quota::add_part(words, "counts", record);
    quota::add_part(words, "recipients", record);
    quota::add_part(words, "hours", "7 489999\n" + record);
    quota::add_part(words, "rates", "teller 1\n" + input);
    hear(words);
    return 0;
}
