#include "relay/doctor/sender_domain.hpp"

#include <cstddef>
#include <optional>
#include <utility>

#include "relay/base/domain_name.hpp"
#include "relay/base/text.hpp"
#include "relay/dkim/tag_list.hpp"

namespace kurir::doctor {

namespace {

constexpr std::string_view version = "v=DMARC1";
constexpr std::size_t labels_max = 8;
constexpr unsigned int many_lookups = 8;

std::string mechanism_of(const boost::asio::ip::address& address) {
    return (address.is_v4() ? "ip4:" : "ip6:") + address.to_string();
}

std::optional<dmarc_policy> policy_of(std::string_view text) {
    const auto word = base::lowered(text);
    if (word == "none") return dmarc_policy::none;
    if (word == "quarantine") return dmarc_policy::quarantine;
    if (word == "reject") return dmarc_policy::reject;
    return std::nullopt;
}

std::string_view text_of(dmarc_policy policy) {
    switch (policy) {
        case dmarc_policy::quarantine:
            return "quarantine";
        case dmarc_policy::reject:
            return "reject";
        case dmarc_policy::none:
            break;
    }
    return "none";
}

// `other` counts for the domain: relaxed, if both are below the domain of the record.
bool is_aligned(const std::string& other, const sender_facts& facts, bool strict) {
    if (other.empty()) return false;
    if (strict) return other == facts.domain;
    return base::is_in_domain(other, facts.record_domain) ||
           base::is_in_domain(facts.domain, other);
}

finding without_record(const sender_facts& facts) {
    finding made{.check = "dmarc", .subject = facts.domain, .grade = grade::warning, .found = ""};
    made.found = "publishes no DMARC record: Google and Yahoo want one of all who send much";
    made.advice = "publish a TXT record at _dmarc." + facts.domain +
                  ", at first: v=DMARC1; p=none; rua=mailto:you@" + facts.domain;
    return made;
}

finding judged(const sender_facts& facts, const dmarc_record& record) {
    const auto policy = facts.record_domain == facts.domain ? record.policy : record.subdomains;
    finding made{.check = "dmarc", .subject = facts.domain, .found = ""};
    made.found = "policy " + std::string(text_of(policy)) + " at " + facts.record_domain;
    const bool aligned = is_aligned(facts.signing_domain, facts, record.strict_dkim);
    if (aligned && facts.signatures_good) {
        made.found += "; our signatures are of " + facts.signing_domain + ", which is aligned";
        return made;
    }
    made.grade = grade::warning;
    const auto own_key =
        "kurir dkim generate " + facts.domain + " makes a key, and prints the record to publish";
    if (facts.by_relayhost) {
        made.found += "; we don't sign it, and its mail goes through a relayhost";
        made.advice = "let the provider sign with a key of " + facts.domain + ", or: " + own_key;
        return made;
    }
    if (!facts.signing_domain.empty() && !aligned) {
        made.found += "; our signatures are of " + facts.signing_domain + ", which is not aligned";
    } else if (aligned) {
        made.found += "; the key of our signatures is not in the DNS as it should be";
    } else {
        made.found += "; its mail is not signed";
    }
    if (facts.permitted) {
        made.found += "; SPF is aligned, which is lost when mail is forwarded";
        made.advice =
            aligned ? "publish the key: kurir dkim show " + facts.signing_domain : own_key;
        return made;
    }
    if (policy != dmarc_policy::none) made.grade = grade::wrong;
    made.found +=
        "; nor does SPF permit our addresses: receivers " +
        std::string(
            policy == dmarc_policy::none ? "see mail that nobody vouches for"
                                         : "are told to " + std::string(text_of(policy)) + " it"
        );
    made.advice = aligned ? "publish the key: kurir dkim show " + facts.signing_domain : own_key;
    return made;
}

}  // namespace

finding judge_spf(
    const std::string& domain, const boost::asio::ip::address& address, const spf::outcome& end
) {
    using spf::verdict;
    finding made{.check = "spf", .subject = domain, .found = ""};
    const auto client = address.to_string();
    const auto add = "add " + mechanism_of(address) + " to the SPF record of " + domain;
    switch (end.result) {
        case verdict::pass:
            made.found = "permits " + client + " by " + end.reason + ", with " +
                         std::to_string(end.lookups) + " look-ups of ten";
            if (base::equal_ignoring_case(end.reason, "all") ||
                base::equal_ignoring_case(end.reason, "+all")) {
                made.grade = grade::warning;
                made.found += "; so it permits everybody";
                made.advice = "end the record with -all or ~all, and name the addresses that send";
            } else if (end.lookups > many_lookups) {
                made.grade = grade::warning;
                made.advice =
                    "remove includes that are not needed, before an eleventh look-up "
                    "makes the record worthless";
            }
            break;
        case verdict::none:
            made.grade = grade::warning;
            made.found = "publishes no SPF record";
            made.advice = "publish a TXT record at " + domain + ": v=spf1 " +
                          mechanism_of(address) + " -all (and all others that send for it)";
            break;
        case verdict::neutral:
            made.grade = grade::warning;
            made.found = "says nothing of " + client + ": " + end.reason;
            made.advice = add;
            break;
        case verdict::fail:
        case verdict::softfail:
            made.grade = grade::wrong;
            made.found = "does not permit " + client + " (" +
                         std::string(spf::text_of(end.result)) + " by " + end.reason + ")";
            made.advice = add + ", before " + end.reason;
            break;
        case verdict::temperror:
            made.grade = grade::warning;
            made.found = "can't be evaluated now: " + end.reason;
            made.advice = "ask again; if it stays so, receivers can't evaluate it either";
            break;
        case verdict::permerror:
            made.grade = grade::wrong;
            made.found = "can't be evaluated: " + end.reason;
            made.advice =
                "mend the record: receivers take the domain as one without SPF, or refuse";
            break;
    }
    return made;
}

bool is_dmarc(std::string_view text) noexcept {
    if (!text.starts_with(version)) return false;
    const auto rest = base::trimmed_front(text.substr(version.size()));
    return rest.empty() || rest.front() == ';';
}

base::result<dmarc_record, std::string> parse_dmarc(std::string_view text) {
    const auto tags = dkim::tag_list::parse(text);
    if (!tags || !is_dmarc(text)) return std::string("is no list of tags");
    dmarc_record read;
    const auto policy = policy_of(tags->value("p").value_or(""));
    if (!policy) return std::string("has no policy: p= is none, quarantine or reject");
    read.policy = read.subdomains = *policy;
    if (const auto given = tags->value("sp")) {
        const auto below = policy_of(*given);
        if (!below) return std::string("has a bad policy in sp=");
        read.subdomains = *below;
    }
    read.strict_dkim = base::lowered(tags->value("adkim").value_or("r")) == "s";
    return read;
}

std::vector<std::string> dmarc_domains(std::string_view domain) {
    std::vector<std::string> all{std::string(domain)};
    while (all.size() < labels_max) {
        const auto dot = domain.find('.');
        if (dot == std::string_view::npos) break;
        domain.remove_prefix(dot + 1);
        if (domain.find('.') == std::string_view::npos) break;
        all.emplace_back(domain);
    }
    return all;
}

finding judge_dmarc(const sender_facts& facts) {
    if (facts.records.empty()) return without_record(facts);
    const auto place = "_dmarc." + facts.record_domain;
    if (facts.records.size() > 1) {
        return {
            .check = "dmarc",
            .subject = facts.domain,
            .grade = grade::wrong,
            .found = place + " has " + std::to_string(facts.records.size()) +
                     " DMARC records: receivers take none of them",
            .advice = "remove all but one",
        };
    }
    const auto read = parse_dmarc(facts.records.front());
    if (!read) {
        return {
            .check = "dmarc",
            .subject = facts.domain,
            .grade = grade::wrong,
            .found = "the record at " + place + " " + read.error(),
            .advice = "mend it, such as: v=DMARC1; p=none; rua=mailto:you@" + facts.domain,
        };
    }
    return judged(facts, *read);
}

}  // namespace kurir::doctor
