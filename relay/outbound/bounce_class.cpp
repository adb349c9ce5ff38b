#include "relay/outbound/bounce_class.hpp"

#include <array>
#include <string>

#include "relay/smtp/text.hpp"

namespace kurir::outbound {

namespace {

using metrics::bounce_reason;

struct word_class {
    std::string_view word;
    bounce_reason reason;
};

// Looked for in this order, in lower case.
constexpr std::array words{
    word_class{"user unknown", bounce_reason::bad_mailbox},
    word_class{"unknown user", bounce_reason::bad_mailbox},
    word_class{"no such user", bounce_reason::bad_mailbox},
    word_class{"does not exist", bounce_reason::bad_mailbox},
    word_class{"mailbox unavailable", bounce_reason::bad_mailbox},
    word_class{"quota", bounce_reason::mailbox_full},
    word_class{"mailbox full", bounce_reason::mailbox_full},
    word_class{"relay", bounce_reason::relay_denied},
    word_class{"spf", bounce_reason::auth_policy},
    word_class{"dkim", bounce_reason::auth_policy},
    word_class{"dmarc", bounce_reason::auth_policy},
    word_class{"spam", bounce_reason::spam},
    word_class{"blocked", bounce_reason::spam},
    word_class{"blacklist", bounce_reason::spam},
    word_class{"rate", bounce_reason::rate},
    word_class{"policy", bounce_reason::policy},
};

bounce_reason by_words(std::string_view text, bounce_reason otherwise) {
    const auto lowered = smtp::lowered(text);
    for (const auto& [word, reason] : words) {
        if (lowered.find(word) != std::string::npos) return reason;
    }
    return otherwise;
}

// RFC 3463 and the registry of RFC 5248.
bounce_reason by_status(const smtp::enhanced_status& status, std::string_view text) {
    const auto detail = status.detail;
    switch (status.subject) {
        case 1:
            return detail == 2 || detail == 10 ? bounce_reason::bad_domain
                                               : bounce_reason::bad_mailbox;
        case 2:
            if (detail == 2) return bounce_reason::mailbox_full;
            return detail == 3 ? bounce_reason::too_big : bounce_reason::bad_mailbox;
        case 3:
            return detail == 4 ? bounce_reason::too_big : bounce_reason::other;
        case 4:
            return detail == 7 ? bounce_reason::expired : bounce_reason::routing;
        case 6:
            return bounce_reason::content;
        case 7:
            if (detail >= 20 && detail <= 27) return bounce_reason::auth_policy;
            if (detail == 28) return bounce_reason::rate;
            return by_words(text, bounce_reason::policy);
        default:
            return by_words(text, bounce_reason::other);
    }
}

}  // namespace

bounce_reason bounce_class(const smtp::enhanced_status& status, int code, std::string_view text) {
    if (status.subject != 0) return by_status(status, text);
    // Without a telling status: what RFC 5321 section 4.2.2 says of the code.
    if (code == 552) return by_words(text, bounce_reason::too_big);
    if (code == 550 || code == 551 || code == 553)
        return by_words(text, bounce_reason::bad_mailbox);
    return by_words(text, bounce_reason::other);
}

}  // namespace kurir::outbound
