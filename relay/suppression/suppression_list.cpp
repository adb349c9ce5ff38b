#include "relay/suppression/suppression_list.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/suppression/entry_codec.hpp"

namespace kurir::suppression {

namespace {

// Large enough that the map's own nodes count for little, and small enough to be searched from end
// to end.
constexpr std::size_t block_size_max = 4096;

// The place of the first entry of a block whose key is not before `key`; the block's size if there
// is none.
std::size_t place_of(std::string_view block, std::string_view key) noexcept {
    std::size_t place = 0;
    while (place < block.size()) {
        const auto rest = block.substr(place);
        if (packed_key(rest) >= key) break;
        place += packed_size(rest);
    }
    return place;
}

// The size of the entry at `place` if it has this key, else 0.
std::size_t size_there(std::string_view block, std::size_t place, std::string_view key) noexcept {
    if (place == block.size()) return 0;
    const auto rest = block.substr(place);
    return packed_key(rest) == key ? packed_size(rest) : 0;
}

}  // namespace

suppression_list::suppression_list() {
    blocks_.try_emplace("");
}

suppression_list::blocks::iterator suppression_list::block_for(std::string_view key) {
    return std::prev(blocks_.upper_bound(key));
}

suppression_list::blocks::const_iterator suppression_list::block_for(std::string_view key) const {
    return std::prev(blocks_.upper_bound(key));
}

bool suppression_list::put(const entry& entry) {
    const auto key = key_of(entry.subject, entry.tenant);
    const auto found = block_for(key);
    auto& block = found->second;
    const auto place = place_of(block, key);
    const auto old_size = size_there(block, place, key);
    if (old_size == 0 && size_ >= entries_max) return false;

    std::string packed;
    append_packed(packed, entry);
    // A list that comes in order, as exports do, fills its blocks.
    const bool at_the_end = place == block.size() && std::next(found) == blocks_.end();
    if (at_the_end && !block.empty() && block.size() + packed.size() > block_size_max) {
        block.shrink_to_fit();
        blocks_.try_emplace(blocks_.end(), key, std::move(packed));
        ++size_;
        return true;
    }
    block.replace(place, old_size, packed);
    if (old_size == 0) ++size_;
    if (block.size() > block_size_max) split(found);
    return true;
}

// In the middle, so that both halves have room.
void suppression_list::split(blocks::iterator full) {
    auto& block = full->second;
    std::size_t middle = 0;
    while (middle < block.size() / 2)
        middle += packed_size(std::string_view(block).substr(middle));
    if (middle == block.size()) return;  // one entry alone
    std::string second = block.substr(middle);
    std::string key(packed_key(second));
    block.resize(middle);
    block.shrink_to_fit();
    blocks_.try_emplace(std::next(full), std::move(key), std::move(second));
}

bool suppression_list::remove(std::string_view subject, std::string_view tenant) {
    const auto key = key_of(subject, tenant);
    const auto found = block_for(key);
    auto& block = found->second;
    const auto place = place_of(block, key);
    const auto old_size = size_there(block, place, key);
    if (old_size == 0) return false;
    block.erase(place, old_size);
    --size_;
    if (block.empty() && !found->first.empty()) blocks_.erase(found);
    return true;
}

std::optional<std::string_view> suppression_list::packed_at(std::string_view key) const {
    const std::string_view block = block_for(key)->second;
    const auto place = place_of(block, key);
    const auto size = size_there(block, place, key);
    if (size == 0) return std::nullopt;
    return block.substr(place, size);
}

std::optional<entry> suppression_list::at(std::string_view subject, std::string_view tenant) const {
    const auto packed = packed_at(key_of(subject, tenant));
    if (!packed) return std::nullopt;
    return unpack_first(*packed);
}

std::optional<entry> suppression_list::find(
    const smtp::mailbox& recipient,
    std::initializer_list<std::string_view> tenants,
    seconds_time now
) const {
    if (empty()) return std::nullopt;
    for (const auto& subject : {subject_of(recipient), '@' + recipient.domain}) {
        const auto found = [&](std::string_view tenant) -> std::optional<entry> {
            const auto packed = packed_at(key_of(subject, tenant));
            if (!packed || !packed_counts_at(*packed, now)) return std::nullopt;
            return unpack_first(*packed);
        };
        if (auto everybodys = found("")) return everybodys;
        for (const auto tenant : tenants) {
            if (tenant.empty()) continue;
            if (auto own = found(tenant)) return own;
        }
    }
    return std::nullopt;
}

std::size_t suppression_list::remove_expired(seconds_time time) {
    const auto before = size_;
    for (auto at = blocks_.begin(); at != blocks_.end();) {
        auto& block = at->second;
        std::string kept;
        for (std::string_view rest = block; !rest.empty();) {
            const auto packed = rest.substr(0, packed_size(rest));
            rest.remove_prefix(packed.size());
            if (packed_counts_at(packed, time)) {
                kept.append(packed);
            } else {
                --size_;
            }
        }
        if (kept.size() < block.size()) block = std::move(kept);
        const bool gone = block.empty() && !at->first.empty();
        at = gone ? blocks_.erase(at) : std::next(at);
    }
    return before - size_;
}

void suppression_list::walk(std::string_view key, const looker& look) const {
    auto at = block_for(key);
    std::string_view rest = at->second;
    rest.remove_prefix(place_of(rest, key));
    rest.remove_prefix(size_there(rest, 0, key));
    for (;;) {
        while (!rest.empty()) {
            const auto packed = rest.substr(0, packed_size(rest));
            rest.remove_prefix(packed.size());
            if (!look(packed)) return;
        }
        if (++at == blocks_.end()) return;
        rest = at->second;
    }
}

}  // namespace kurir::suppression
