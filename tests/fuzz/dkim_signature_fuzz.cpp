// A message with whatever signatures. What is checked beside memory: nobody makes a signature that
// is good by a key that is not his, and each message that can be signed has a good signature then,
// in lines that servers accept.
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "relay/dkim/body_hash.hpp"
#include "relay/dkim/key_generation.hpp"
#include "relay/dkim/sign.hpp"
#include "relay/dkim/verify.hpp"
#include "relay/message/ascii_text.hpp"
#include "relay/message/header_scan.hpp"

using namespace kurir;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto ours = dkim::signing_key::read(dkim::generate_key(dkim::algorithm::ed25519));
    assert(ours.has_value());
    const dkim::signing_terms terms{
        .domain = "b.example",
        .selector = "x",
        .identity = "@sub.b.example",
        .time = dkim::utc_seconds(std::chrono::seconds(1'800'000'000)),
        .lifetime = {}
    };

    const std::string_view message(reinterpret_cast<const char*>(data), size);
    message::header_scan scan;
    scan.finish(message);
    const auto& facts = scan.facts();
    const auto header = std::string(message.substr(facts.begin, facts.end - facts.begin));
    const auto hash = dkim::hash_of_body(message.substr(facts.end));
    for (const auto& each : dkim::fields_of(header)) {
        std::ignore = dkim::parse_signature(each.text);
        const auto relaxed = dkim::signed_form(each.text, dkim::canonical_form::relaxed);
        assert(!relaxed || !relaxed->ends_with("\r\n"));
    }
    assert(!dkim::is_signed(header, hash, *ours, terms.domain, terms.time));
    const auto digest = dkim::digest_of(header, hash);
    if (!digest) return 0;
    const auto field = dkim::sign(*digest, *ours, terms);
    assert(message::longest_line(field) <= 78);
    assert(dkim::is_signed(field + header, hash, *ours, terms.domain, terms.time));
    return 0;
}
