// Answers of name servers: any bytes end in an answer within its caps or in an error that is one.
//
// The first byte chooses the question; the rest is the message. A message is also read with the
// header and the question that it should have, so that the fuzzer gets past them.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "dns/exchange.hpp"
#include "dns/record.hpp"

namespace {

using namespace kurir::dns;

constexpr record_type types[] = {record_type::a, record_type::aaaa, record_type::mx};
const std::string name = "a.test";

void check_exchange(const answer& said) {
    std::mt19937 draw(1);
    const auto found = exchange_of(name, said, draw);
    if (!found) {
        assert(found.error() == errc::null_mx || found.error() == said.error);
        return;
    }
    assert(!found->hosts.empty() && found->hosts.size() <= max_exchanges);
    assert(std::ranges::is_sorted(found->hosts, {}, &mx_host::preference));
    std::unordered_set<std::string> names;
    for (const auto& host : found->hosts)
        assert(is_name(host.name) && names.insert(host.name).second);
}

void check(std::span<const std::uint8_t> message, record_type type) {
    const auto said = read_answer(message, name, type);
    if (!said) {
        const auto why = said.error();
        assert(
            why == errc::servfail || why == errc::refused || why == errc::malformed ||
            why == errc::unproven
        );
        return;
    }
    assert(said->ttl.count() >= 0 && said->ttl <= max_ttl);
    assert(said->exchanges.size() <= max_exchanges && said->addresses.size() <= max_addresses);
    // One of four things, and never two of them.
    assert(
        !said->exchanges.empty() + !said->addresses.empty() + !said->alias.empty() +
            said->error.failed() ==
        1
    );
    if (said->error) assert(said->error == errc::not_found || said->error == errc::no_data);
    if (said->error) assert(said->ttl <= max_negative_ttl);
    for (const auto& host : said->exchanges)
        assert(host.name.empty() || is_name(host.name));
    for (const auto& address : said->addresses)
        assert(address.is_v4() == (type == record_type::a));
    assert(said->alias.empty() || (is_name(said->alias) && said->alias != name));
    if (type == record_type::mx && said->alias.empty()) check_exchange(*said);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto type = types[data[0] % std::size(types)];
    const std::span message(data + 1, size - 1);
    check(message, type);
    if (message.size() < 12) return 0;

    std::vector<std::uint8_t> framed(message.begin(), message.begin() + 12);
    framed[2] = 0x80;
    framed[3] &= 0x03;  // no error, NXDOMAIN, and two that prove nothing
    framed[4] = 0, framed[5] = 1;
    for (const char byte : {'\1', 'a', '\4', 't', 'e', 's', 't', '\0', '\0'})
        framed.push_back(static_cast<std::uint8_t>(byte));
    framed.push_back(static_cast<std::uint8_t>(type));
    framed.push_back(0), framed.push_back(1);
    framed.insert(framed.end(), message.begin() + 12, message.end());
    check(framed, type);
    return 0;
}
