#include "relay/oauth/token_answer.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "relay/base/text.hpp"

namespace kurir::oauth {

namespace json = boost::json;
using std::chrono::seconds;

namespace {

constexpr std::size_t shown_max = 200;

// Printable ASCII, cut: for people.
std::string printable(std::string_view text) {
    std::string shown;
    for (const char c : text) {
        if (shown.size() == shown_max) break;
        if (c >= ' ' && c < '\x7f') {
            shown += c;
        } else if (!shown.empty() && shown.back() != ' ') {
            shown += ' ';
        }
    }
    while (shown.ends_with(' '))
        shown.pop_back();
    return shown;
}

std::optional<json::object> object_in(std::string_view body) {
    boost::system::error_code wrong;
    json::parse_options options;
    options.max_depth = 8;
    auto value = json::parse(body, wrong, {}, options);
    if (wrong || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::string_view text_in(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return value->get_string();
}

// What can be sent in a header and in a login (RFC 6750 section 2.1, and a little more).
bool is_token(std::string_view text) {
    return !text.empty() && text.size() <= token_size_max &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

seconds bounded(double life) {
    if (!std::isfinite(life) || life <= 0) return life_min;
    const auto most = static_cast<double>(life_max.count());
    const auto least = static_cast<double>(life_min.count());
    return seconds(static_cast<seconds::rep>(std::clamp(life, least, most)));
}

seconds life_in(const json::object& object) {
    const auto* value = object.if_contains("expires_in");
    if (value == nullptr) return life_unknown;
    if (value->is_string()) {
        const std::string_view text = value->get_string();
        if (text.starts_with('-')) return life_min;
        const auto number = base::parse_number<std::uint64_t>(text);
        return number ? bounded(static_cast<double>(*number)) : life_unknown;
    }
    boost::system::error_code wrong;
    const auto number = value->to_number<double>(wrong);
    return wrong ? life_unknown : bounded(number);
}

token_failure failed(std::string text) {
    return {.text = std::move(text)};
}

token_answer read_grant(const json::object& object) {
    const auto type = text_in(object, "token_type");
    if (!type.empty() && !base::equal_ignoring_case(type, "bearer")) {
        return failed("it gives a token of the type " + printable(type) + ", not Bearer");
    }
    const auto access = text_in(object, "access_token");
    if (!is_token(access)) return failed("its answer has no access_token that can be used");
    token_grant grant{
        .access_token = sasl::secret(std::string(access)),
        .life = life_in(object),
    };
    const auto refresh = text_in(object, "refresh_token");
    if (is_token(refresh)) grant.refresh_token = sasl::secret(std::string(refresh));
    return grant;
}

// What may be said in a moment is no refusal.
bool is_temporary(std::string_view error) {
    return error == "temporarily_unavailable" || error == "slow_down" || error == "server_error";
}

token_failure read_failure(unsigned status, const json::object& object) {
    const auto error = text_in(object, "error");
    if (error.empty()) {
        return failed("it answers " + std::to_string(status) + " without saying why");
    }
    auto text = "it says " + printable(error);
    if (const auto more = printable(text_in(object, "error_description")); !more.empty()) {
        text += ": " + more;
    }
    const bool by_client = status >= 400 && status < 500 && status != 408 && status != 429;
    return {
        .refused = by_client && !is_temporary(error),
        .bad_grant = error == "invalid_grant",
        .text = std::move(text),
    };
}

token_answer read(unsigned status, std::string_view type, std::string_view body) {
    if (status >= 300 && status < 400) {
        return failed("it answers " + std::to_string(status) + ", a redirect");
    }
    auto object = object_in(body);
    if (object && status == 200) {
        // Some say 200 to everything.
        return object->contains("error") ? token_answer(read_failure(400, *object))
                                         : read_grant(*object);
    }
    if (object) return read_failure(status, *object);
    auto text = "it answers " + std::to_string(status) + " with no JSON object";
    const auto media = printable(type.substr(0, type.find(';')));
    if (!media.empty()) text += " (" + media + ")";
    return failed(std::move(text));
}

}  // namespace

token_answer read_token_answer(
    unsigned status, std::string_view type, std::string_view retry_after, std::string_view body
) {
    auto answer = read(status, type, body);
    if (answer) return answer;
    auto failure = std::move(answer).error();
    if (const auto wait = base::parse_number<std::uint32_t>(retry_after)) {
        failure.retry_after = std::min(seconds(*wait), retry_after_max);
    }
    return failure;
}

}  // namespace kurir::oauth
