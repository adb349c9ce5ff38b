#include "relay/config/listener_profile.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "relay/base/text.hpp"
#include "relay/config/coverage.hpp"

namespace kurir::config {
namespace {

// A parameter of a listener: one row each.
struct listener_parameter {
    std::string_view name;
    std::string_view allowed;  // for people
    bool (*read)(std::string_view value, listener_profile& profile);
    std::string (*text)(const listener_profile& profile);
};

// In the order of mail_priority.
constexpr std::array<std::string_view, 3> priority_words{"normal", "urgent", "bulk"};

bool read_priority(std::string_view value, listener_profile& profile) {
    const auto* const found = std::ranges::find(priority_words, value);
    if (found == priority_words.end()) return false;
    profile.priority = static_cast<mail_priority>(found - priority_words.begin());
    return true;
}

std::string priority_text(const listener_profile& profile) {
    return std::string(priority_words.at(static_cast<std::size_t>(profile.priority)));
}

// In the order of listener_tls.
constexpr std::array<std::string_view, 4> tls_words{"off", "offer", "require", "implicit"};

bool read_tls(std::string_view value, listener_profile& profile) {
    const auto* const found = std::ranges::find(tls_words, value);
    if (found == tls_words.end()) return false;
    profile.tls = static_cast<listener_tls>(found - tls_words.begin());
    return true;
}

std::string tls_text(const listener_profile& profile) {
    if (!profile.tls) return {};
    return std::string(tls_words.at(static_cast<std::size_t>(*profile.tls)));
}

// In the order of listener_auth.
constexpr std::array<std::string_view, 3> auth_words{"off", "offer", "require"};

bool read_auth(std::string_view value, listener_profile& profile) {
    const auto* const found = std::ranges::find(auth_words, value);
    if (found == auth_words.end()) return false;
    profile.auth = static_cast<listener_auth>(found - auth_words.begin());
    return true;
}

std::string auth_text(const listener_profile& profile) {
    if (!profile.auth) return {};
    return std::string(auth_words.at(static_cast<std::size_t>(*profile.auth)));
}

// Networks, with "+" between them: commas and blanks separate listeners. Who is believed about the
// client's address can be anybody, so much of the Internet can't be meant.
bool read_proxies(std::string_view value, listener_profile& profile) {
    std::string list(value);
    std::ranges::replace(list, '+', ' ');
    network_set proxies;
    if (value.empty() || network_set::parse(list, proxies) || covers_the_internet(proxies)) {
        return false;
    }
    profile.proxies = std::move(proxies);
    return true;
}

std::string proxies_text(const listener_profile& profile) {
    std::string text;
    for (const auto& each : profile.proxies.networks())
        text += (text.empty() ? "" : "+") + each.text();
    return text;
}

bool read_name(std::string_view value, listener_profile& profile) {
    constexpr std::size_t size_max = 32;
    const auto allowed = [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '_'; };
    if (value.empty() || value.size() > size_max || !std::ranges::all_of(value, allowed)) {
        return false;
    }
    profile.name = value;
    return true;
}

std::string name_text(const listener_profile& profile) {
    return profile.name;
}

constexpr std::array parameters = {
    listener_parameter{
        "priority",
        "?priority=urgent, ?priority=normal or ?priority=bulk",
        read_priority,
        priority_text
    },
    listener_parameter{
        "tls", "?tls=off, ?tls=offer, ?tls=require or ?tls=implicit", read_tls, tls_text
    },
    listener_parameter{"auth", "?auth=off, ?auth=offer or ?auth=require", read_auth, auth_text},
    listener_parameter{
        "proxy",
        "?proxy= with networks of proxies, such as 10.0.0.5+10.1.0.0/16, and not much of the "
        "Internet",
        read_proxies,
        proxies_text
    },
    listener_parameter{
        "name",
        "?name= with up to 32 letters, digits, hyphens and underscores",
        read_name,
        name_text
    },
};

std::string what_may_follow() {
    std::string text = "what may follow the port is ";
    for (const auto& parameter : parameters) {
        if (&parameter != parameters.data()) text += ", ";
        text += parameter.allowed;
    }
    return text;
}

}  // namespace

std::optional<std::string> read_listener_profile(std::string_view text, listener_profile& profile) {
    std::array<bool, parameters.size()> given{};
    for (;;) {
        const auto word = text.substr(0, text.find('&'));
        const auto name = word.substr(0, word.find('='));
        const auto* const row = std::ranges::find(parameters, name, &listener_parameter::name);
        if (row == parameters.end()) {
            return "'" + std::string(name) + "' is no parameter; " + what_may_follow();
        }
        bool& again = given.at(static_cast<std::size_t>(row - parameters.begin()));
        if (again) return "'" + std::string(name) + "' is there twice";
        again = true;
        const auto value = word.substr(std::min(word.size(), name.size() + 1));
        if (!row->read(value, profile)) {
            return "'" + std::string(value) + "' is no " + std::string(name) + "; " +
                   what_may_follow();
        }
        if (word.size() == text.size()) return std::nullopt;
        text.remove_prefix(word.size() + 1);
    }
}

std::string listener_profile_text(const listener_profile& profile) {
    std::string text;
    for (const auto& parameter : parameters) {
        const auto value = parameter.text(profile);
        if (value == parameter.text({})) continue;
        text += text.empty() ? '?' : '&';
        text += parameter.name;
        text += '=' + value;
    }
    return text;
}

}  // namespace kurir::config
