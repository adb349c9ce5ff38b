#include "relay/admin/guard.hpp"

#include <string>
#include <string_view>

#include "relay/admin/json_answer.hpp"
#include "relay/base/text.hpp"

namespace kurir::admin {

namespace http = boost::beast::http;

namespace {

// Of "Bearer TOKEN"; empty if it is not that.
std::string_view bearer_token(std::string_view field) {
    const auto blank = field.find(' ');
    if (blank == std::string_view::npos) return {};
    if (!base::equal_ignoring_case(field.substr(0, blank), "Bearer")) return {};
    return base::trimmed(field.substr(blank + 1));
}

answer challenge(http::status status, const std::string& detail, std::string parameters) {
    auto said = problem(status, detail);
    said.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"kurir\"" + std::move(parameters));
    return said;
}

}  // namespace

std::optional<answer> refusal_by_token(
    request& asked, const endpoint& wanted, const users::admin_tokens& tokens
) {
    const auto needed = right_for(wanted);
    if (!needed) return std::nullopt;
    if (asked.count(http::field::authorization) > 1) {
        return mistake("the field Authorization is there more than once");
    }
    const auto token = bearer_token(asked[http::field::authorization]);
    if (token.empty()) {
        return challenge(
            http::status::unauthorized, "this needs a token (Authorization: Bearer TOKEN)", ""
        );
    }
    const auto* found = tokens.find(token);
    if (found == nullptr) {
        return challenge(
            http::status::unauthorized, "nobody has this token", ", error=\"invalid_token\""
        );
    }
    if (!found->may(*needed)) {
        return challenge(
            http::status::forbidden,
            "the token of " + found->name + " has no right to " + std::string(name_of(*needed)),
            ", error=\"insufficient_scope\""
        );
    }
    asked.caller = found->name;
    return std::nullopt;
}

}  // namespace kurir::admin
