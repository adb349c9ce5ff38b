// Records of SPF, read and evaluated. What is checked beside memory: what is read is within its
// ranges, an expanded name is no longer than a name may be unless it is one label, and an
// evaluation whose questions get the same record each, or nothing, ends within its limits.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "relay/spf/check_host.hpp"
#include "relay/spf/macro.hpp"
#include "relay/spf/record.hpp"

using namespace kurir;

namespace {

constexpr std::size_t questions_max = 300;  // ten terms with eleven names each, and the records

spf::query query_from(const char* client) {
    return {
        .client = boost::asio::ip::make_address(client),
        .domain = "a.example",
        .sender = "some-body@a.example",
        .hello = "relay.example",
    };
}

void evaluate(const spf::query& query, const std::string& record) {
    dns::answer record_answer;
    record_answer.texts = {record};
    dns::answer hosts;
    hosts.addresses = {query.client};
    hosts.exchanges = {{"mx.a.example", 10}};
    spf::answers known;
    for (std::size_t count = 0;; ++count) {
        assert(count < questions_max);
        const auto step = spf::check_host(query, known);
        if (const auto* end = std::get_if<spf::outcome>(&step)) {
            assert(end->lookups <= spf::lookups_max);
            return;
        }
        const auto& asked = std::get<spf::question>(step);
        assert(dns::is_name(asked.name));
        const bool of_record = asked.type == dns::record_type::txt;
        const bool added = known.emplace(asked, of_record ? record_answer : hosts).second;
        assert(added);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto read = spf::parse_record(text);
    if (!read) return 0;
    const auto four = query_from("192.0.2.1");
    for (const auto& each : read->mechanisms) {
        assert(each.v4_bits <= 32 && each.v6_bits <= 128);
        assert(text.find(each.text) != std::string::npos);
        const auto name =
            spf::expand(each.domain, {four.sender, four.domain, four.client, "h.test"});
        assert(name.size() <= 253 || name.find('.') == std::string::npos);
    }
    evaluate(four, text);
    evaluate(query_from("2001:db8::1"), text);
    return 0;
}
