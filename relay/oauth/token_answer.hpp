// What a token server answers (RFC 6749 sections 5.1 and 5.2). Pure: the answer is untrusted.
//
// Servers differ from the RFC: a life as a text ("3599"), none at all, or an absurd one. A token is
// believed if it can be sent; its life is bounded both ways.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/sasl/secret.hpp"

namespace kurir::oauth {

struct token_grant {
    sasl::secret access_token;
    std::chrono::seconds life{0};
    sasl::secret refresh_token = {};  // to be used from now on; empty: the one that was used
};

struct token_failure {
    bool refused = false;                 // the server says no: asking again soon is in vain
    bool bad_grant = false;               // the refresh token is no longer good (invalid_grant)
    std::string text = {};                // printable, the end of a sentence
    std::chrono::seconds retry_after{0};  // as the server asks; 0: it does not
};

using token_answer = base::result<token_grant, token_failure>;

// Of a token that does not say how long it lives, or that says that it does not live.
inline constexpr std::chrono::seconds life_unknown{3600};
inline constexpr std::chrono::seconds life_min{60};
inline constexpr std::chrono::seconds life_max{86'400};
inline constexpr std::size_t token_size_max = 8192;  // what AUTH carries in a line
inline constexpr std::chrono::seconds retry_after_max{3600};

// `type` and `retry_after`: the fields Content-Type and Retry-After of the answer; or empty.
token_answer read_token_answer(
    unsigned status, std::string_view type, std::string_view retry_after, std::string_view body
);

}  // namespace kurir::oauth
