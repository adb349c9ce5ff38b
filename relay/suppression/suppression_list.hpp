// The suppression list: the addresses and domains that must not get mail. Pure.
//
// An entry stops the mail of everybody, or of one tenant: a user who logs in, or the domain of a
// sender. It may expire; then it stays in the list, so that one can see it, but does not count.
//
// A million entries lie in sorted blocks of some kilobytes. That costs some 20 to 30 bytes an entry
// beside its texts, and a search a few microseconds. A page of the list is a walk over neighbours.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/smtp/address.hpp"
#include "relay/suppression/entry.hpp"

namespace kurir::suppression {

class suppression_list {
public:
    // More are refused, so that memory stays bounded: some 200 MB, with texts of usual length.
    static constexpr std::size_t entries_max = 2'000'000;

    suppression_list();

    // Adds an entry that has no mistake (`mistake_in`), or replaces the one of its subject and
    // tenant. False: the list is full.
    bool put(const entry& entry);

    // False: there was none.
    bool remove(std::string_view subject, std::string_view tenant);

    std::optional<entry> at(std::string_view subject, std::string_view tenant) const;

    // The entry that keeps this recipient from getting mail of these tenants, in the form of
    // `read_tenant`; empty ones are nobody. An entry of the address comes before one of its domain,
    // and one for everybody before one of a tenant.
    std::optional<entry> find(
        const smtp::mailbox& recipient,
        std::initializer_list<std::string_view> tenants,
        seconds_time now
    ) const;

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    // Removes entries that expired before `time`, and returns their number.
    std::size_t remove_expired(seconds_time time);

    // Gives entries to `look` in the order of their subjects, from the first whose key
    // (entry_codec.hpp) comes after `key`, until it returns false.
    using looker = std::function<bool(std::string_view packed)>;
    void walk(std::string_view key, const looker& look) const;

private:
    using blocks = std::map<std::string, std::string, std::less<>>;

    blocks::iterator block_for(std::string_view key);
    blocks::const_iterator block_for(std::string_view key) const;
    void split(blocks::iterator full);
    std::optional<std::string_view> packed_at(std::string_view key) const;

    // Packed entries in the order of their keys, by a key that is not after that of the first. The
    // first block has the key "", and is there even if it is empty.
    blocks blocks_;
    std::size_t size_ = 0;
};

}  // namespace kurir::suppression
