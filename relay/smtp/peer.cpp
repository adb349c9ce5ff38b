#include "relay/smtp/peer.hpp"

#include <algorithm>
#include <string_view>

#include "relay/base/text.hpp"

namespace kurir::smtp {

namespace {

// RFC 1870 section 4: up to 20 digits. A number that does not fit means no limit.
std::uint64_t read_size(std::string_view text) {
    return base::parse_number<std::uint64_t>(text).value_or(0);
}

// RFC 9422 section 4: "LIMITS MAILMAX=20 RCPTMAX=1000". Unknown names are ignored.
void read_limits(std::string_view text, peer& offers) {
    while (!text.empty()) {
        const auto word = base::lowered(text.substr(0, text.find(' ')));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        const auto equals = word.find('=');
        if (equals == std::string::npos) continue;
        const auto value = static_cast<std::size_t>(read_size(word.substr(equals + 1)));
        if (word.starts_with("mailmax=")) offers.mail_max = value;
        if (word.starts_with("rcptmax=")) offers.rcpt_max = value;
    }
}

}  // namespace

peer read_peer(const reply& ehlo) {
    peer offers;
    for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {
        const std::string_view line = ehlo.lines[i];
        const auto space = line.find(' ');
        const auto keyword = base::lowered(line.substr(0, space));
        if (keyword == "pipelining") offers.pipelining = true;
        if (keyword == "8bitmime") offers.eight_bit = true;
        if (keyword == "smtputf8") offers.smtputf8 = true;
        if (keyword == "chunking") offers.chunking = true;
        if (keyword == "dsn") offers.dsn = true;
        if (keyword == "limits" && space != std::string_view::npos)
            read_limits(line.substr(space + 1), offers);
        if (keyword == "size") {
            offers.size = true;
            if (space != std::string_view::npos)
                offers.size_max = read_size(line.substr(space + 1));
        }
    }
    return offers;
}

}  // namespace kurir::smtp
