#include "relay/dkim/message_signer.hpp"

#include <exception>

#include "relay/base/text.hpp"
#include "relay/dkim/sign.hpp"
#include "relay/dkim/verify.hpp"
#include "relay/smtp/domain.hpp"

namespace kurir::dkim {

key_choice message_signer::choose(const transaction& sent) const {
    return choose_keys(ring_, sent.domains, default_domain_, sent.time);
}

signing message_signer::sign(
    const message_digest& digest,
    std::string_view header,
    const key_choice& choice,
    utc_seconds time
) const {
    signing result;
    for (const auto& [place, key, file] : choice.keys) {
        const signing_terms terms{
            .domain = place.domain,
            .selector = place.selector,
            .identity = choice.identity,
            .time = time,
            .lifetime = lifetime_,
        };
        auto step = signing::step::present;
        try {
            if (!is_signed(header, digest.body_hash, key, place.domain, time)) {
                result.fields += dkim::sign(digest, key, terms);
                step = signing::step::made;
            }
        } catch (const std::exception& error) {
            result.failure = error.what();
            step = signing::step::failed;
        }
        result.steps.emplace_back(key.kind(), step);
    }
    if (result.failed()) result.fields.clear();
    return result;
}

std::string domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == address.npos) return {};
    auto domain = base::lowered(address.substr(at + 1));
    if (base::has_high(domain)) domain = smtp::to_a_labels(domain).value_or("");
    return domain;
}

std::vector<std::string> domains_of(const std::vector<std::string>& addresses) {
    std::vector<std::string> domains;
    domains.reserve(addresses.size());
    for (const auto& each : addresses)
        domains.push_back(domain_of(each));
    return domains;
}

}  // namespace kurir::dkim
