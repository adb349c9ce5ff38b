// Extensions that are not used with some servers though they offer them: gateway.example:CHUNKING.
//
// Pure. A rule is a name, a colon and an EHLO keyword. The name is that of a host, the domain of
// the recipients, or "*." and a name, for the names below it; "*" is for everyone. Capitals don't
// matter.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::config {

class remote_ignores {
public:
    // A list of rules into `to`; what is wrong with it otherwise, as the end of a sentence.
    static std::optional<std::string> read(std::string_view text, remote_ignores& to);

    // Whether `keyword`, in capitals, is ignored with `name`.
    bool has(std::string_view name, std::string_view keyword) const;

    bool empty() const noexcept { return rules_.empty(); }

    // The rules as they are written; empty if there are none.
    std::string text() const;

private:
    struct rule {
        std::string pattern;
        std::string keyword;
    };
    std::vector<rule> rules_;
};

}  // namespace kurir::config
