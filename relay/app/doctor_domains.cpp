#include "relay/app/doctor_domains.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <utility>
#include <variant>

#include "dns/absence.hpp"
#include "dns/reverse_name.hpp"
#include "relay/app/dkim_commands.hpp"
#include "relay/base/text.hpp"
#include "relay/config/route_rules.hpp"
#include "relay/config/words.hpp"
#include "relay/dkim/key_place.hpp"
#include "relay/dkim/key_record.hpp"
#include "relay/doctor/sender_domain.hpp"
#include "relay/net/clock.hpp"
#include "relay/outbound/router.hpp"
#include "relay/spf/check_host.hpp"

namespace kurir::app {

namespace asio = boost::asio;
using doctor::finding;
using doctor::grade;

namespace {

constexpr auto spf_time = std::chrono::seconds(60);  // as section 4.6.4 of RFC 7208 allows
constexpr std::size_t names_max = 5;                 // of one address that are looked up

void add_domain(std::vector<std::string>& all, std::string_view domain) {
    const auto name = base::lowered(domain);
    const bool usable = dns::is_name(name) && name.find('.') != std::string::npos;
    if (usable && std::ranges::find(all, name) == all.end()) all.push_back(name);
}

asio::awaitable<spf::outcome> evaluate(dns::cares_resolver& resolver, spf::query query) {
    const auto until = net::clock::now() + spf_time;
    spf::answers known;
    for (;;) {
        auto step = spf::check_host(query, known);
        if (auto* end = std::get_if<spf::outcome>(&step)) co_return std::move(*end);
        auto asked = std::get<spf::question>(std::move(step));
        dns::result<dns::answer> said = dns::errc::timeout;
        if (net::clock::now() < until) said = co_await resolver.records(asked.name, asked.type);
        known.emplace(std::move(asked), std::move(said));
    }
}

// Looks at one domain, and gathers what DMARC depends on.
class domain_look {
public:
    domain_look(server_tools& tools, examined_domain examined, finding_sink tell)
        : tools_(tools), examined_(std::move(examined)), tell_(std::move(tell)) {
        facts_.domain = examined_.domain;
        facts_.by_relayhost = goes_by_relayhost();
    }

    asio::awaitable<void> run() {
        co_await look_at_spf();
        co_await look_at_keys();
        co_await look_at_dmarc();
    }

private:
    // To domains that no rule names.
    bool goes_by_relayhost() const {
        const auto config = tools_.config().get();
        const auto sender = "postmaster@" + examined_.domain;
        const auto* rule = config->routes.find({.domain = "elsewhere.invalid", .sender = sender});
        const auto name = rule == nullptr ? std::string() : std::string(rule->target.name);
        const auto routes = outbound::routes_of(*config);
        return !routes.find(name == config::default_route ? "" : name).relayhosts.empty();
    }

    asio::awaitable<void> look_at_spf() {
        if (facts_.by_relayhost) {
            tell_({
                .check = "spf",
                .subject = examined_.domain,
                .grade = grade::skipped,
                .found = "its mail goes through a relayhost, whose addresses receivers see",
                .advice = "the provider says which include: the SPF record needs",
            });
            co_return;
        }
        facts_.permitted = !examined_.own.empty();
        for (const auto& each : examined_.own) {
            const auto end = co_await evaluate(
                tools_.resolver(),
                {.client = each.address,
                 .domain = examined_.domain,
                 .sender = "postmaster@" + examined_.domain,
                 .hello = each.hello}
            );
            facts_.permitted = facts_.permitted && end.result == spf::verdict::pass;
            tell_(doctor::judge_spf(examined_.domain, each.address, end));
        }
    }

    asio::awaitable<void> look_at_keys() {
        const auto& signer = examined_.keys.signer;
        if (!signer) {
            tell_({
                .check = "dkim",
                .subject = examined_.domain,
                .grade = facts_.by_relayhost ? grade::skipped : grade::warning,
                .found = "mail is not signed here: KURIR_DKIM_KEY_DIR is not set, or wrong",
                .advice = "kurir dkim generate " + examined_.domain +
                          " makes a key; a relayhost may sign instead",
            });
            co_return;
        }
        const dkim::transaction sent{
            .domains = {.authors = {examined_.domain}, .reverse_path = examined_.domain},
            .time = std::chrono::floor<std::chrono::seconds>(net::calendar_now()),
        };
        const auto choice = signer->choose(sent);
        if (choice.keys.empty()) {
            tell_({
                .check = "dkim",
                .subject = examined_.domain,
                .grade = grade::warning,
                .found = "has no key, so its mail is not signed",
                .advice = "kurir dkim generate " + examined_.domain + " makes one",
            });
            co_return;
        }
        facts_.signing_domain = choice.keys.front().place.domain;
        facts_.signatures_good = true;
        for (const auto& each : choice.keys)
            co_await look_at_key(each);
    }

    asio::awaitable<void> look_at_key(const dkim::domain_key& key) {
        const auto name = dkim::record_name(key.place.selector, key.place.domain);
        finding made{.check = "dkim", .subject = name, .found = "publishes our key"};
        const auto records = co_await tools_.resolver().texts(name);
        const bool absent = !records && dns::proves_absence(records.error());
        if (records || absent) {
            const auto wrong = absent ? "is not published" : difference(*records, key);
            if (!wrong.empty()) {
                made.grade = grade::wrong;
                made.found = wrong;
                made.advice = "publish what kurir dkim show " + key.place.domain + " prints";
            }
        } else {
            made.grade = grade::warning;
            made.found = "can't be looked up: " + records.error().message();
            made.advice = "ask again";
        }
        facts_.signatures_good = facts_.signatures_good && made.grade == grade::ok;
        tell_(made);
    }

    asio::awaitable<void> look_at_dmarc() {
        for (const auto& each : doctor::dmarc_domains(examined_.domain)) {
            const auto texts = co_await tools_.resolver().texts("_dmarc." + each);
            if (!texts && !dns::proves_absence(texts.error())) {
                tell_({
                    .check = "dmarc",
                    .subject = examined_.domain,
                    .grade = grade::warning,
                    .found = "_dmarc." + each + " can't be looked up: " + texts.error().message(),
                    .advice = "ask again",
                });
                co_return;
            }
            if (!texts) continue;
            std::ranges::copy_if(*texts, std::back_inserter(facts_.records), doctor::is_dmarc);
            facts_.record_domain = each;
            if (!facts_.records.empty()) break;
        }
        tell_(doctor::judge_dmarc(facts_));
    }

    server_tools& tools_;
    const examined_domain examined_;
    const finding_sink tell_;
    doctor::sender_facts facts_;
};

}  // namespace

std::vector<std::string> sender_domains(const config::config& config, const dkim_reading& keys) {
    std::vector<std::string> all;
    for (const auto& each : keys.watched) {
        const auto path = std::filesystem::path(each).lexically_relative(dkim_folder(config));
        if (!dkim::is_key_file(path.string())) continue;
        if (const auto place = dkim::place_of(path.string())) add_domain(all, place->domain);
    }
    const auto masquerade = config.masquerade_domains.text();
    for (const auto each : config::words(masquerade)) {
        if (!each.starts_with('!')) add_domain(all, each);
    }
    for (const auto& each : config.allowed_sender_domains)
        add_domain(all, each);
    return all;
}

asio::awaitable<void> look_at_addresses(
    server_tools& tools, std::vector<doctor::sender_address> own, finding_sink tell
) {
    const auto& hostname = tools.config().get()->hostname;
    tell(doctor::judge_hostname(hostname, co_await tools.resolver().addresses(hostname)));
    for (const auto& each : own) {
        const auto said = co_await tools.resolver().records(
            dns::reverse_name(each.address), dns::record_type::ptr
        );
        dns::result<std::vector<std::string>> names = std::vector<std::string>();
        if (said && !said->error) {
            names = said->texts;
        } else {
            names = said ? said->error : said.error();
        }
        std::map<std::string, doctor::addresses_result> forward;
        const auto count = names ? std::min(names->size(), names_max) : 0;
        for (std::size_t at = 0; at < count; ++at)
            forward.emplace((*names)[at], co_await tools.resolver().addresses((*names)[at]));
        tell(doctor::judge_reverse(each, names, forward));
    }
}

asio::awaitable<void> look_at_domain(
    server_tools& tools, examined_domain examined, finding_sink tell
) {
    domain_look look(tools, std::move(examined), std::move(tell));
    co_await look.run();
}

}  // namespace kurir::app
