// Tag lists and the records of keys. What is checked beside memory: tags are where they say, a
// published key that is read is published again as one that is the same, and no record is our key
// but one that has it.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "relay/dkim/key_generation.hpp"
#include "relay/dkim/key_record.hpp"
#include "relay/dkim/public_key.hpp"
#include "relay/dkim/tag_list.hpp"

using namespace kurir;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto ours = dkim::signing_key::read(dkim::generate_key(dkim::algorithm::ed25519));
    assert(ours.has_value());

    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto list = dkim::tag_list::parse(text)) {
        for (const auto& each : list->tags()) {
            assert(list->find(each.name) == &each);
            assert(each.begin <= each.end && each.end <= text.size());
            assert(text.substr(each.begin, each.end - each.begin).find(each.value) != text.npos);
        }
    }
    assert(dkim::compare(text, *ours) != dkim::key_match::same);
    const auto record = dkim::parse_record(text);
    if (!record) return 0;
    const auto key = dkim::public_key::read(record->kind, record->key);
    if (!key) return 0;
    const auto again = dkim::public_key::read(record->kind, key->published());
    assert(again.has_value() && again->published() == key->published());
    return 0;
}
