#include "relay/config/settings_tokens.hpp"

#include <algorithm>
#include <utility>

#include "relay/config/client_tokens.hpp"
#include "relay/config/config.hpp"
#include "relay/config/https_url.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

constexpr std::size_t audience_max = 1024;

template <class Member>
auto part(Member client_tokens::* member) {
    return [member](auto& values) -> auto& { return values.client_tokens.*member; };
}

problem unprintable(std::string_view text) {
    if (text.size() > audience_max) return "is too long";
    const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c != '\x7f'; });
    return printable ? std::nullopt : problem("has a space or a control character");
}

kind<std::string> word(std::string_view range) {
    return {
        .type = "text",
        .range = std::string(range),
        .read = [](std::string_view text, std::string& value) -> problem {
            if (text.empty()) return "is empty";
            value = text;
            return unprintable(text);
        },
        .show = [](const std::string& value) { return value; },
    };
}

kind<std::string> keys() {
    auto url = https_url("the keys of an issuer are public");
    return {
        .type = "file or URL",
        .range = "a file, or https://host/path",
        .read = [read = std::move(url.read)](std::string_view text, std::string& value) -> problem {
            if (is_web_url(text)) return read(text, value);
            if (text.find("://") != std::string_view::npos || text.find('\0') != text.npos) {
                return "is neither a file nor an https URL";
            }
            value = text;
            return std::nullopt;
        },
        .show = [](const std::string& value) { return value; },
        .files = [](const std::string& value) -> std::vector<std::string> {
            if (value.empty() || is_web_url(value)) return {};
            return {value};
        },
    };
}

kind<std::vector<std::string>> audiences() {
    return {
        .type = "list",
        .range = "one or more, separated by commas",
        .read = [](std::string_view text, std::vector<std::string>& value) -> problem {
            for (const auto each : words(text)) {
                if (auto wrong = unprintable(each)) return wrong;
                value.emplace_back(each);
            }
            return value.empty() ? problem("is empty") : std::nullopt;
        },
        .show =
            [](const std::vector<std::string>& value) {
                std::string all;
                for (const auto& each : value)
                    all += (all.empty() ? "" : ",") + each;
                return all;
            },
    };
}

}  // namespace

bool fetches_keys(const client_tokens& tokens) noexcept {
    return is_web_url(tokens.keys);
}

std::vector<setting> settings_of_tokens() {
    return {
        row({"KURIR_OAUTH_JWKS",
             "",
             "Lets clients log in by a token (OAUTHBEARER, XOAUTH2): the keys of the issuer as a "
             "set of JSON Web Keys. A file is read again when it changes; a URL is fetched each "
             "hour, and when a token names a new key. See \"Tokens instead of passwords\"."},
            part(&client_tokens::keys),
            keys()),
        row({"KURIR_OAUTH_ISSUER", "", "Who must have issued the tokens: their claim iss."},
            part(&client_tokens::issuer),
            word("as in the token")),
        row({"KURIR_OAUTH_AUDIENCE",
             "",
             "For whom the tokens must have been issued: one of these is in their claim aud."},
            part(&client_tokens::audiences),
            audiences()),
        row({"KURIR_OAUTH_CLAIM",
             "sub",
             "The claim that is the user's name, as KURIR_PERMISSIONS and KURIR_ROUTES know it."},
            part(&client_tokens::user_claim),
            word("the name of a claim that is text")),
    };
}

void check_tokens(const config& config, problems& found) {
    const auto& tokens = config.client_tokens;
    const auto check = [&](const std::string& name, bool is_given, const char* why) {
        if (is_given == tokens.given()) return;
        if (is_given) {
            found.push_back(name + " is set, but KURIR_OAUTH_JWKS is not");
        } else {
            found.push_back("KURIR_OAUTH_JWKS is set, but " + name + " is not: " + why);
        }
    };
    check("KURIR_OAUTH_ISSUER", !tokens.issuer.empty(), "tokens of anybody would be taken");
    check(
        "KURIR_OAUTH_AUDIENCE",
        !tokens.audiences.empty(),
        "tokens for any other service of the issuer would be taken"
    );
}

}  // namespace kurir::config
