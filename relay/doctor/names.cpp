#include "relay/doctor/names.hpp"

#include <algorithm>

#include "dns/absence.hpp"

namespace kurir::doctor {

namespace {

constexpr const char* ask_again =
    "is the name server all right? KURIR_DNS_SERVERS names others; then ask again";

std::string list_of(const std::vector<boost::asio::ip::address>& addresses) {
    std::string text;
    for (const auto& each : addresses)
        text += (text.empty() ? "" : ", ") + each.to_string();
    return text;
}

bool has(const addresses_result& addresses, const boost::asio::ip::address& wanted) {
    return addresses && std::ranges::find(*addresses, wanted) != addresses->end();
}

}  // namespace

finding judge_hostname(const std::string& hostname, const addresses_result& addresses) {
    finding made{.check = "hostname", .subject = hostname, .found = ""};
    if (hostname.find('.') == std::string::npos) {
        made.grade = grade::wrong;
        made.found = "has no dot: servers are greeted with an address instead, which many refuse";
        made.advice = "set KURIR_HOSTNAME to the full name of this relay, such as mail.example.com";
    } else if (addresses) {
        made.found = "has the address " + list_of(*addresses);
    } else if (dns::proves_absence(addresses.error())) {
        made.grade = grade::wrong;
        made.found = "has no address in the DNS: many servers refuse such a greeting";
        made.advice = "publish an A or AAAA record of " + hostname +
                      " with the address that mail comes from, or set KURIR_HOSTNAME to a name "
                      "that has one";
    } else {
        made.grade = grade::warning;
        made.found = "can't be looked up: " + addresses.error().message();
        made.advice = ask_again;
    }
    return made;
}

finding judge_reverse(
    const sender_address& sender,
    const dns::result<std::vector<std::string>>& names,
    const std::map<std::string, addresses_result>& forward
) {
    const auto address = sender.address.to_string();
    finding made{.check = "ptr", .subject = address, .grade = grade::wrong, .found = ""};
    const auto ask_for =
        "ask who gave you the address (the provider, the owner of the network) to "
        "set its reverse name (PTR) to ";
    if (!names && !dns::proves_absence(names.error())) {
        made.grade = grade::warning;
        made.found = "its name can't be looked up: " + names.error().message();
        made.advice = ask_again;
        return made;
    }
    if (!names || names->empty()) {
        made.found = "has no name (PTR): Google, Microsoft and many others refuse its mail";
        made.advice = ask_for + sender.hello;
        return made;
    }
    const auto confirmed = std::ranges::find_if(*names, [&](const auto& name) {
        const auto found = forward.find(name);
        return found != forward.end() && has(found->second, sender.address);
    });
    if (confirmed == names->end()) {
        const auto& name = names->front();
        made.found = "its name is " + name + ", which does not have the address";
        made.advice =
            "publish " + address + " as an address of " + name + ", or " + ask_for + sender.hello;
        return made;
    }
    made.grade = grade::ok;
    made.found = "is " + *confirmed + ", which has the address";
    if (std::ranges::find(*names, sender.hello) == names->end()) {
        made.grade = grade::warning;
        made.found += "; but EHLO gives " + sender.hello;
        made.advice = "let both be one name: " + std::string(ask_for) + sender.hello +
                      ", or set KURIR_HOSTNAME (or the name in KURIR_SOURCE_ADDRESSES) to " +
                      *confirmed;
    }
    return made;
}

}  // namespace kurir::doctor
