// Tokens and sets of keys: what comes before the first line feed is a token, the rest a set. What
// is checked beside memory: without a private key nobody makes a token that is accepted.
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "relay/tokens/check.hpp"

using namespace kurir;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Nobody who makes inputs has its private half.
    static const auto ours =
        tokens::key_set::parse(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",)"
                               R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
    assert(ours.has_value());
    static const tokens::token_terms terms{.issuer = "https://id.example", .audiences = {"kurir"}};
    const base::sys_milliseconds today{std::chrono::seconds(1'800'000'000)};

    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\n');
    const auto token = input.substr(0, end);
    const auto checked = tokens::check_token(token, *ours, terms, today);
    assert(!checked.has_value());
    if (end == input.npos) return 0;
    const auto theirs = tokens::key_set::parse(input.substr(end + 1));
    if (theirs.has_value()) std::ignore = tokens::check_token(token, *theirs, terms, today);
    return 0;
}
