#include "relay/spf/check_host.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "dns/absence.hpp"
#include "dns/reverse_name.hpp"
#include "relay/base/domain_name.hpp"
#include "relay/base/text.hpp"
#include "relay/spf/macro.hpp"
#include "relay/spf/record.hpp"

namespace kurir::spf {

namespace {

using boost::asio::ip::address;
using dns::record_type;

constexpr std::size_t names_max = 10;  // of MX hosts, and of names of the client

// The first `bits` of both are equal.
template <class Bytes>
bool shares_bits(const Bytes& one, const Bytes& other, unsigned int bits) {
    const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
    if (!std::equal(one.begin(), one.begin() + whole, other.begin())) return false;
    const auto rest = bits % 8;
    if (rest == 0) return true;
    const auto at = static_cast<std::size_t>(whole);
    return (one[at] ^ other[at]) >> (8 - rest) == 0;
}

bool is_within(const address& client, const address& network, const mechanism& term) {
    if (client.is_v4() != network.is_v4()) return false;
    if (client.is_v4()) {
        return shares_bits(client.to_v4().to_bytes(), network.to_v4().to_bytes(), term.v4_bits);
    }
    return shares_bits(client.to_v6().to_bytes(), network.to_v6().to_bytes(), term.v6_bits);
}

// IPv4 in IPv6 counts as IPv4 (section 5).
address plain(const address& client) {
    if (!client.is_v6() || !client.to_v6().is_v4_mapped()) return client;
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, client.to_v6());
}

verdict verdict_of(qualifier given) {
    constexpr std::array all{verdict::pass, verdict::fail, verdict::softfail, verdict::neutral};
    return all[static_cast<std::size_t>(given)];
}

// One run, until it is over or a question is open.
class evaluation {
public:
    evaluation(const query& query, const answers& known)
        : query_(query), known_(known), client_(plain(query.client)) {}

    std::variant<question, outcome> run() {
        auto end = check(query_.domain);
        if (open_) return std::move(*open_);
        end.lookups = lookups_;
        return end;
    }

private:
    enum class match : std::uint8_t {
        no,
        yes,
        over
    };  // over: a question is open, or `end_` is set

    // What the record of `domain` says; meaningless while a question is open.
    outcome check(const std::string& domain) {
        if (!dns::is_name(domain) || domain.find('.') == std::string::npos) {
            return {verdict::none, "is no domain name: " + domain};
        }
        const auto* said = ask(domain, record_type::txt);
        if (said == nullptr) return {};
        if (!*said) return {verdict::temperror, domain + ": " + said->error().message()};
        std::vector<std::string> records;
        for (const auto& each : (*said)->texts) {
            if (is_record(each)) records.push_back(each);
        }
        if (records.empty()) return {verdict::none, domain + " has no SPF record"};
        if (records.size() > 1) {
            return {verdict::permerror, domain + " has several SPF records, and may have one"};
        }
        const auto read = parse_record(records.front());
        if (!read) return {verdict::permerror, "the record of " + domain + ' ' + read.error()};
        return evaluate(*read, domain);
    }

    outcome evaluate(const record& record, const std::string& domain) {
        for (const auto& term : record.mechanisms) {
            const auto found = matches(term, domain);
            if (found == match::over) return std::exchange(end_, {});
            if (found == match::yes) return {verdict_of(term.qualifier), term.text};
        }
        if (record.redirect.empty()) return {verdict::neutral, "no mechanism matches"};
        if (!count_lookup(domain)) return std::exchange(end_, {});
        const auto target = expand(record.redirect, values(domain));
        auto end = check(target);
        if (end.result == verdict::none) {
            return {verdict::permerror, "redirect=" + target + " leads to no SPF record"};
        }
        return end;
    }

    match matches(const mechanism& term, const std::string& domain) {
        if (asks_dns(term.kind) && !count_lookup(domain)) return match::over;
        const auto target =
            base::lowered(term.domain.empty() ? domain : expand(term.domain, values(domain)));
        switch (term.kind) {
            case mechanism_kind::all:
                return match::yes;
            case mechanism_kind::ip4:
            case mechanism_kind::ip6:
                return is_within(client_, term.network, term) ? match::yes : match::no;
            case mechanism_kind::include:
                return matches_include(target);
            case mechanism_kind::a:
                return has_client(target, term);
            case mechanism_kind::mx:
                return matches_exchange(target, term);
            case mechanism_kind::ptr:
                return matches_name(target);
            case mechanism_kind::exists:
                break;
        }
        const auto* found = look_up(target, record_type::a);
        if (found == nullptr) return match::over;
        return found->addresses.empty() ? match::no : match::yes;
    }

    match matches_include(const std::string& target) {
        auto end = check(target);
        if (open_) return match::over;
        switch (end.result) {
            case verdict::pass:
                return match::yes;
            case verdict::fail:
            case verdict::softfail:
            case verdict::neutral:
                return match::no;
            case verdict::temperror:
                return fail(verdict::temperror, std::move(end.reason));
            case verdict::none:
            case verdict::permerror:
                break;
        }
        return fail(verdict::permerror, "include:" + target + ": " + end.reason);
    }

    match has_client(const std::string& host, const mechanism& term) {
        const auto* found = look_up(host, type_of_client());
        if (found == nullptr) return match::over;
        const bool has = std::ranges::any_of(found->addresses, [&](const address& each) {
            return is_within(client_, each, term);
        });
        return has ? match::yes : match::no;
    }

    match matches_exchange(const std::string& target, const mechanism& term) {
        const auto* found = look_up(target, record_type::mx);
        if (found == nullptr) return match::over;
        if (found->exchanges.size() > names_max) {
            return fail(verdict::permerror, "mx:" + target + " has more than ten hosts");
        }
        for (const auto& each : found->exchanges) {
            if (each.name.empty()) continue;  // a null MX
            const auto has = has_client(each.name, term);
            if (has != match::no) return has;
        }
        return match::no;
    }

    // Errors are no match here (section 5.5).
    match matches_name(const std::string& target) {
        const auto* said = ask(dns::reverse_name(client_), record_type::ptr);
        if (said == nullptr) return match::over;
        if (!*said) return match::no;
        const auto& names = (*said)->texts;
        for (std::size_t at = 0; at < std::min(names.size(), names_max); ++at) {
            const auto name = base::lowered(names[at]);
            if (!base::is_in_domain(name, target)) continue;
            const auto* host = ask(name, type_of_client());
            if (host == nullptr) return match::over;
            if (*host && std::ranges::find((*host)->addresses, client_) != (*host)->addresses.end())
                return match::yes;
        }
        return match::no;
    }

    record_type type_of_client() const {
        return client_.is_v4() ? record_type::a : record_type::aaaa;
    }

    // Null: the question is open.
    const dns::result<dns::answer>* ask(const std::string& name, record_type type) {
        static const dns::result<dns::answer> nothing = dns::answer();
        if (!dns::is_name(name)) return &nothing;
        const question asked{name, type};
        const auto found = known_.find(asked);
        if (found == known_.end()) {
            open_ = asked;
            return nullptr;
        }
        return !found->second && dns::proves_absence(found->second.error()) ? &nothing
                                                                            : &found->second;
    }

    // For a term: null too if the answer ends the evaluation.
    const dns::answer* look_up(const std::string& name, record_type type) {
        const auto* said = ask(name, type);
        if (said == nullptr) return nullptr;
        if (!*said) {
            fail(verdict::temperror, name + ": " + said->error().message());
            return nullptr;
        }
        const auto& found = **said;
        const bool is_void =
            found.addresses.empty() && found.exchanges.empty() && found.texts.empty();
        if (is_void && ++void_lookups_ > void_lookups_max) {
            fail(
                verdict::permerror,
                "more than two look-ups find nothing, the last one that of " + name
            );
            return nullptr;
        }
        return &found;
    }

    bool count_lookup(const std::string& domain) {
        if (lookups_ == lookups_max) {
            fail(
                verdict::permerror,
                "more than ten terms ask the DNS, the last one in the record of " + domain
            );
            return false;
        }
        ++lookups_;
        return true;
    }

    match fail(verdict result, std::string reason) {
        end_ = {result, std::move(reason)};
        return match::over;
    }

    macro_values values(const std::string& domain) const {
        return {
            .sender = query_.sender, .domain = domain, .client = client_, .hello = query_.hello
        };
    }

    const query& query_;
    const answers& known_;
    const address client_;
    std::optional<question> open_;
    outcome end_;
    unsigned int lookups_ = 0;
    unsigned int void_lookups_ = 0;
};

}  // namespace

std::variant<question, outcome> check_host(const query& query, const answers& known) {
    return evaluation(query, known).run();
}

std::string_view text_of(verdict result) noexcept {
    constexpr std::array<std::string_view, 7> all{
        "none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"
    };
    return all[static_cast<std::size_t>(result)];
}

}  // namespace kurir::spf
