// Domains that hide the names of the hosts below them: KURIR_MASQUERADE_DOMAINS.
//
//   !lists.example.com example.com
//
// app@web1.example.com becomes app@example.com; addresses of lists.example.com and below it stay.
// The first entry that a domain is, or is below, decides. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::config {

class masquerade {
public:
    // Reads a list into `value`, or returns what is wrong with it, as the end of a sentence.
    static std::optional<std::string> read(std::string_view text, masquerade& value);

    // The domain, in lower case, that stands for `domain`: itself, or one above it.
    std::string_view shown(std::string_view domain) const noexcept;

    bool empty() const noexcept { return entries_.empty(); }
    std::string text() const;

private:
    struct entry {
        std::string domain;
        bool stays = false;  // !domain
    };
    std::vector<entry> entries_;
};

}  // namespace kurir::config
