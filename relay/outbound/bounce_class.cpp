#include "relay/outbound/bounce_class.hpp"

#include <array>
#include <string>

#include "relay/base/text.hpp"

namespace kurir::outbound {

namespace {

struct word_class {
    std::string_view word;
    bounce_class reason;
};

// Looked for in this order, in lower case.
constexpr std::array words{
    word_class{"user unknown", bounce_class::bad_mailbox},
    word_class{"unknown user", bounce_class::bad_mailbox},
    word_class{"no such user", bounce_class::bad_mailbox},
    word_class{"does not exist", bounce_class::bad_mailbox},
    word_class{"mailbox unavailable", bounce_class::bad_mailbox},
    word_class{"daily", bounce_class::rate},
    word_class{"submission quota", bounce_class::rate},
    word_class{"submissionquota", bounce_class::rate},
    word_class{"sending limit", bounce_class::rate},
    word_class{"quota", bounce_class::mailbox_full},
    word_class{"mailbox full", bounce_class::mailbox_full},
    word_class{"relay", bounce_class::relay_denied},
    word_class{"spf", bounce_class::auth_policy},
    word_class{"dkim", bounce_class::auth_policy},
    word_class{"dmarc", bounce_class::auth_policy},
    word_class{"spam", bounce_class::spam},
    word_class{"blocked", bounce_class::spam},
    word_class{"blacklist", bounce_class::spam},
    word_class{"rate", bounce_class::rate},
    word_class{"policy", bounce_class::policy},
};

bounce_class by_words(std::string_view text, bounce_class otherwise) {
    const auto lowered = base::lowered(text);
    for (const auto& [word, reason] : words) {
        if (lowered.find(word) != std::string::npos) return reason;
    }
    return otherwise;
}

// RFC 3463 and the registry of RFC 5248.
bounce_class by_status(const smtp::enhanced_status& status, std::string_view text) {
    const auto detail = status.detail;
    switch (status.subject) {
        case 1:
            return detail == 2 || detail == 10 ? bounce_class::bad_domain
                                               : bounce_class::bad_mailbox;
        case 2:
            if (detail == 2) return bounce_class::mailbox_full;
            return detail == 3 ? bounce_class::too_big : bounce_class::bad_mailbox;
        case 3:
            return detail == 4 ? bounce_class::too_big : bounce_class::other;
        case 4:
            return detail == 7 ? bounce_class::expired : bounce_class::routing;
        case 6:
            return bounce_class::content;
        case 7:
            if (detail >= 20 && detail <= 27) return bounce_class::auth_policy;
            if (detail == 28) return bounce_class::rate;
            return by_words(text, bounce_class::policy);
        default:
            return by_words(text, bounce_class::other);
    }
}

}  // namespace

bounce_class classified(const smtp::enhanced_status& status, int code, std::string_view text) {
    if (status.subject != 0) return by_status(status, text);
    // Without a telling status: what RFC 5321 section 4.2.2 says of the code.
    if (code == 552) return by_words(text, bounce_class::too_big);
    if (code == 550 || code == 551 || code == 553) return by_words(text, bounce_class::bad_mailbox);
    return by_words(text, bounce_class::other);
}

}  // namespace kurir::outbound
