// Answers of token servers: the first line is the status, the second Content-Type, the third
// Retry-After, the rest the body. What is checked beside memory: a token can be sent in a login,
// its life is bounded, and what is told of a failure is printable and short.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"
#include "relay/oauth/token_answer.hpp"

namespace {

using namespace kurir::oauth;

std::string_view take_line(std::string_view& input) {
    const auto line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    return line;
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

void check_token(std::string_view token) {
    assert(token.size() <= token_size_max && is_printable(token));
    assert(token.find(' ') == token.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto status = kurir::base::parse_number<std::uint32_t>(take_line(input));
    const auto type = take_line(input);
    const auto retry_after = take_line(input);
    const auto answer = read_token_answer(status.value_or(200), type, retry_after, input);
    if (answer) {
        assert(!answer->access_token.empty());
        check_token(answer->access_token.text());
        check_token(answer->refresh_token.text());
        assert(answer->life >= life_min && answer->life <= life_max);
    } else {
        const auto& failure = answer.error();
        assert(!failure.text.empty() && failure.text.size() < 600 && is_printable(failure.text));
        assert(failure.retry_after.count() >= 0 && failure.retry_after <= retry_after_max);
    }
    return 0;
}
