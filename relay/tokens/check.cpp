#include "relay/tokens/check.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/tokens/base64url.hpp"
#include "relay/tokens/json.hpp"
#include "relay/tokens/signature.hpp"

namespace kurir::tokens {

namespace {

using std::chrono::seconds;
using fault = token_fault;

struct parts {
    std::string_view signed_text;
    std::string_view header;
    std::string_view claims;
    std::string_view signature;
};

// Three parts with dots between them. One that is encrypted has five.
std::optional<parts> split(std::string_view text) {
    const auto first = text.find('.');
    const auto last = text.rfind('.');
    if (first == text.npos || first == last || text.find('.', first + 1) != last) {
        return std::nullopt;
    }
    return parts{
        .signed_text = text.substr(0, last),
        .header = text.substr(0, first),
        .claims = text.substr(first + 1, last - first - 1),
        .signature = text.substr(last + 1),
    };
}

std::optional<boost::json::object> object_of(std::string_view part) {
    const auto text = decode_base64url(part);
    return text ? parse_object(*text) : std::nullopt;
}

std::optional<algorithm> algorithm_of(std::string_view name) noexcept {
    if (name == "RS256") return algorithm::rs256;
    if (name == "ES256") return algorithm::es256;
    if (name == "EdDSA") return algorithm::eddsa;
    return std::nullopt;
}

// Nothing: it is good.
std::optional<fault> signature_fault(
    const parts& token, const boost::json::object& header, const key_set& keys
) {
    if (header.contains("crit")) return fault::malformed;  // what must be understood is not
    const auto name = string_in(header, "alg");
    if (!name) return fault::malformed;
    const auto kind = algorithm_of(*name);
    if (!kind) return fault::algorithm;
    const auto id = string_in(header, "kid");
    if (header.contains("kid") && !id) return fault::malformed;
    const auto signature = decode_base64url(token.signature);
    if (!signature) return fault::malformed;
    const auto candidates = keys.candidates(*kind, id);
    if (candidates.empty()) return fault::unknown_key;
    const bool good = std::ranges::any_of(candidates, [&](const public_key* each) {
        return is_signed_by(*each, token.signed_text, *signature);
    });
    return good ? std::nullopt : std::optional(fault::signature);
}

// A date in seconds: absent, one, or something else.
enum class date_state : std::uint8_t { absent, given, malformed };
struct date {
    date_state state = date_state::absent;
    seconds at{};
};

date date_in(const boost::json::object& claims, std::string_view name) {
    constexpr double most = 1e12;
    const auto* const value = claims.if_contains(name);
    if (value == nullptr) return {};
    if (!value->is_number()) return {date_state::malformed, {}};
    const auto number = value->to_number<double>();
    if (!std::isfinite(number) || std::abs(number) > most) return {date_state::malformed, {}};
    return {date_state::given, seconds(static_cast<seconds::rep>(std::floor(number)))};
}

std::optional<fault> time_fault(
    const boost::json::object& claims, const token_terms& terms, base::sys_milliseconds utc
) {
    const auto expires = date_in(claims, "exp");
    const auto begins = date_in(claims, "nbf");
    const auto issued = date_in(claims, "iat");
    if (expires.state != date_state::given) return fault::malformed;
    for (const auto& each : {begins, issued}) {
        if (each.state == date_state::malformed) return fault::malformed;
    }
    const auto today = std::chrono::floor<seconds>(utc).time_since_epoch();
    if (today >= expires.at + terms.leeway) return fault::expired;
    for (const auto& each : {begins, issued}) {
        if (each.state == date_state::given && today + terms.leeway < each.at) {
            return fault::not_yet_valid;
        }
    }
    return std::nullopt;
}

// A text, or a list of texts.
bool is_for(const boost::json::object& claims, const std::vector<std::string>& audiences) {
    const auto* const value = claims.if_contains("aud");
    if (value == nullptr) return false;
    const auto wanted = [&](const boost::json::value& each) {
        return each.is_string() && std::ranges::any_of(audiences, [&](const auto& ours) {
                   return std::string_view(each.get_string()) == ours;
               });
    };
    if (!value->is_array()) return wanted(*value);
    return std::ranges::any_of(value->get_array(), wanted);
}

// One that looks like the credential of a certificate is none of a user.
bool is_user(const std::string& name) {
    constexpr std::size_t size_max = 255;
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    return !name.empty() && name.size() <= size_max && base::is_utf8(name) &&
           std::ranges::none_of(name, is_control) && !base::starts_ignoring_case(name, "cert:");
}

}  // namespace

base::result<std::string, token_fault> check_token(
    std::string_view text, const key_set& keys, const token_terms& terms, base::sys_milliseconds utc
) {
    if (text.size() > token_max) return fault::too_long;
    const auto token = split(text);
    if (!token) return fault::malformed;
    const auto header = object_of(token->header);
    if (!header) return fault::malformed;
    if (const auto wrong = signature_fault(*token, *header, keys)) return *wrong;

    const auto claims = object_of(token->claims);
    if (!claims) return fault::malformed;
    if (string_in(*claims, "iss") != terms.issuer) return fault::issuer;
    if (!is_for(*claims, terms.audiences)) return fault::audience;
    if (const auto wrong = time_fault(*claims, terms, utc)) return *wrong;
    auto user = string_in(*claims, terms.user_claim);
    if (!user || !is_user(*user)) return fault::user;
    return std::move(*user);
}

base::result<std::string, token_fault> user_of_token(
    std::string_view text,
    std::string_view claimed,
    const key_set& keys,
    const token_terms& terms,
    base::sys_milliseconds utc
) {
    auto user = check_token(text, keys, terms, utc);
    if (user && !claimed.empty() && *user != claimed) return fault::other_user;
    return user;
}

std::string_view text_of(token_fault fault) noexcept {
    constexpr std::array<std::string_view, 11> texts{
        "malformed",
        "too_long",
        "algorithm",
        "unknown_key",
        "signature",
        "issuer",
        "audience",
        "expired",
        "not_yet_valid",
        "user",
        "other_user",
    };
    return texts.at(static_cast<std::size_t>(fault));
}

}  // namespace kurir::tokens
