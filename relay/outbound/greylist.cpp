#include "relay/outbound/greylist.hpp"

#include <algorithm>
#include <locale>
#include <regex>
#include <string>
#include <tuple>

#include "relay/base/text.hpp"
#include "relay/outbound/throttling.hpp"

namespace kurir::outbound {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr auto hint_max = minutes(30);

struct patterns {
    patterns() {
        // A search fills this table of libstdc++ at its first use, without a lock (its bug 77704).
        const auto& table = std::use_facet<std::ctype<char>>(std::locale());
        for (int each = 0; each < 256; ++each)
            std::ignore = table.narrow(static_cast<char>(each), '\0');
    }
    std::regex clock{R"(\b(\d{2}):(\d{2}):(\d{2})\b)"};
    std::regex span{R"((\d{1,6}) ?(seconds?|secs?|s|minutes?|mins?|m)\b)"};
};

milliseconds capped_hint(std::chrono::seconds hint) {
    return std::min<milliseconds>(hint, hint_max);
}

}  // namespace

bool is_greylisting(const smtp::reply& said) {
    if (said.code != 450 && said.code != 451) return false;
    const auto text = base::lowered(said.joined());
    const bool by_name =
        text.find("greylist") != std::string::npos || text.find("graylist") != std::string::npos;
    // What talks of how much is sent comes back as often as it is tried (decision 40).
    if (!by_name && is_about_amount(text)) return false;
    const auto& status = said.status;
    if (status.klass == 4 && status.subject == 7 && status.detail <= 1) return true;
    return by_name;
}

std::optional<milliseconds> greylisting_hint(std::string_view text) {
    // The text is at most 512 printable bytes, and the patterns have no nested repetition.
    const std::string words = base::lowered(text);
    static const patterns known;
    std::smatch found;
    if (std::regex_search(words, found, known.clock)) {
        const auto part = [&found](std::size_t i) { return std::stol(found[i].str()); };
        return capped_hint(std::chrono::seconds(part(1) * 3600 + part(2) * 60 + part(3)));
    }
    if (std::regex_search(words, found, known.span)) {
        const auto number = std::stol(found[1].str());
        return capped_hint(
            found[2].str().front() == 'm' ? std::chrono::seconds(minutes(number))
                                          : std::chrono::seconds(number)
        );
    }
    return std::nullopt;
}

}  // namespace kurir::outbound
