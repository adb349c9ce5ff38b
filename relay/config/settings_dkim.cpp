#include "relay/config/settings_dkim.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/dkim_signing.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/single_kinds.hpp"
#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

template <class Member>
auto part(Member dkim_signing::* member) {
    return [member](auto& values) -> auto& { return values.dkim.*member; };
}

bool is_signing_domain(std::string_view text) {
    return is_host_name(text) && text.find('.') != text.npos;
}

// As a label of the DNS, or several.
bool is_selector(std::string_view text) {
    const auto is_part = [](char c) {
        return base::is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
    };
    const bool dots = text.starts_with('.') || text.ends_with('.') || text.find("..") != text.npos;
    return !text.empty() && text.size() <= 63 && !dots && std::ranges::all_of(text, is_part);
}

kind<std::string> key_folder() {
    return checked_text(
        "folder",
        "a path",
        [](std::string_view text) { return !text.starts_with("-----BEGIN"); },
        "is a key itself; give the path of the folder instead"
    );
}

// In lower case.
kind<std::string> lowered(kind<std::string> name) {
    name.read = [read = std::move(name.read)](std::string_view text, std::string& value) {
        auto wrong = read(text, value);
        if (!wrong) value = base::lowered(value);
        return wrong;
    };
    return name;
}

kind<std::string> selector() {
    return lowered(
        checked_text("selector", "letters, digits, hyphens and dots", is_selector, "is no selector")
    );
}

kind<std::vector<signed_domain>> signed_domains() {
    return {
        .type = "domains",
        .range = "example.com, example.com=selector …",
        .read = [](std::string_view text, std::vector<signed_domain>& value) -> problem {
            for (const auto word : words(text)) {
                const auto equals = std::min(word.find('='), word.size());
                const bool selects = equals < word.size();
                signed_domain each{
                    .domain = base::lowered(word.substr(0, equals)),
                    .selector = selects ? base::lowered(word.substr(equals + 1)) : "",
                };
                if (!is_signing_domain(each.domain)) {
                    return "has '" + std::string(word) +
                           "', which is no domain name with a dot, such as example.org";
                }
                if (selects && !is_selector(each.selector)) {
                    return "has '" + std::string(word) + "', whose selector is none";
                }
                const bool twice =
                    std::ranges::find(value, each.domain, &signed_domain::domain) != value.end();
                if (twice) return "has " + each.domain + " twice";
                value.push_back(std::move(each));
            }
            return std::nullopt;
        },
        .show =
            [](const std::vector<signed_domain>& domains) {
                return joined(domains, [](const signed_domain& each) {
                    return each.domain + (each.selector.empty() ? "" : "=" + each.selector);
                });
            },
    };
}

// "none" is zero.
kind<duration> lifetime() {
    auto given = time("1h", "365d");
    return {
        .type = given.type,
        .range = "none, " + given.range,
        .read = [read = std::move(given.read)](std::string_view text, duration& value) -> problem {
            if (base::equal_ignoring_case(text, "none")) return std::nullopt;
            return read(text, value);
        },
        .show = [show = std::move(given.show)](const duration& value
                ) { return value == duration() ? "none" : show(value); },
    };
}

}  // namespace

std::vector<setting> settings_of_dkim() {
    return {
        row({"KURIR_DKIM_KEY_DIR",
             "",
             "Signs mail with DKIM: a folder of private keys, DOMAIN/SELECTOR.pem. Mail is signed "
             "by the keys of the domain in From or of one above, else of the reverse-path's. The "
             "folder is read again when it changes. kurir dkim generate makes keys. See \"DKIM "
             "signatures\"."},
            part(&dkim_signing::key_dir),
            key_folder()),
        row({"KURIR_DKIM_SELECTOR",
             "",
             "The selector of keys whose file names none (DOMAIN.pem), and the one that signs "
             "where a domain has several keys of one kind without a date. Unset: mail."},
            part(&dkim_signing::selector),
            selector()),
        row({"KURIR_DKIM_DOMAINS",
             "",
             "The domains that are signed for, each with its selector if only that one counts. "
             "Each must have a key. Unset: all that have keys."},
            part(&dkim_signing::domains),
            signed_domains()),
        row({"KURIR_DKIM_DEFAULT",
             "",
             "The domain whose keys sign mail for which there is no other key. Unset: such mail "
             "is not signed."},
            part(&dkim_signing::default_domain),
            lowered(domain_name())),
        row({"KURIR_DKIM_LIFETIME",
             "none",
             "How long a signature is valid (x=): longer than mail may wait in the queue, here "
             "and elsewhere."},
            part(&dkim_signing::lifetime),
            lifetime()),
    };
}

void check_dkim(const config& config, problems& found) {
    const auto& wanted = config.dkim;
    const auto needs_folder = [&](const char* name, bool is_given) {
        if (!is_given || wanted.given()) return;
        found.push_back(std::string(name) + " is set, but KURIR_DKIM_KEY_DIR is not");
    };
    needs_folder("KURIR_DKIM_SELECTOR", !wanted.selector.empty());
    needs_folder("KURIR_DKIM_DOMAINS", !wanted.domains.empty());
    needs_folder("KURIR_DKIM_DEFAULT", !wanted.default_domain.empty());
    needs_folder("KURIR_DKIM_LIFETIME", wanted.lifetime != duration());
    if (wanted.lifetime != duration() && wanted.lifetime <= config.max_queue_time) {
        found.emplace_back(
            "KURIR_DKIM_LIFETIME is not longer than KURIR_MAX_QUEUE_TIME: mail that waits as long "
            "as it may would leave with a signature that has expired"
        );
    }
}

}  // namespace kurir::config
