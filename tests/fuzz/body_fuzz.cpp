// The body decoder: the same bytes give the same message however they are cut, what comes out has
// no bare line end when they are normalised, and stuffing what came out gives an input that decodes
// to it again.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/smtp/body.hpp"

namespace {

using namespace kurir::smtp;

struct decoded {
    std::string message;
    std::size_t consumed = 0;
    bool ended = false;
    bool malformed = false;
    content_facts facts;
};

// The segment sizes come from the input itself; `segment` 0 means all at once.
decoded decode(std::string_view input, framing frame, newline_policy policy, std::size_t segment) {
    body_decoder decoder(frame, policy);
    decoded result;
    while (!result.ended && result.consumed < input.size()) {
        std::string_view part =
            input.substr(result.consumed, segment == 0 ? input.size() : segment);
        while (!part.empty() && !result.ended) {
            const auto piece = decoder.decode(part);
            result.message += piece.bytes;
            result.consumed += piece.consumed;
            result.ended = piece.end;
            part.remove_prefix(piece.consumed);
        }
    }
    if (frame == framing::counted) result.message += decoder.finish();
    result.malformed = decoder.malformed();
    result.facts = decoder.facts();
    return result;
}

void check_clean(const std::string& message) {
    assert(message.find('\0') == std::string::npos);
    for (std::size_t i = 0; i < message.size(); ++i) {
        if (message[i] == '\r') assert(i + 1 < message.size() && message[i + 1] == '\n');
        if (message[i] == '\n') assert(i > 0 && message[i - 1] == '\r');
    }
}

std::string stuffed(const std::string& message) {
    std::string result;
    bool line_start = true;
    for (const char c : message) {
        if (line_start && c == '.') result += '.';
        result += c;
        line_start = c == '\n';
    }
    return result + ".\r\n";
}

void check(std::string_view input, framing frame, newline_policy policy) {
    const decoded whole = decode(input, frame, policy, 0);
    for (const std::size_t segment : {1U, 2U, 3U, 7U, 100U}) {
        const decoded cut = decode(input, frame, policy, segment);
        assert(cut.message == whole.message && cut.consumed == whole.consumed);
        assert(cut.ended == whole.ended && cut.malformed == whole.malformed);
        assert(!whole.ended || cut.facts == whole.facts);
    }
    assert(whole.facts.size == whole.message.size());
    if (frame == framing::dotted && whole.ended) {
        const auto used = input.substr(0, whole.consumed);
        assert(used == ".\r\n" || used.ends_with("\r\n.\r\n"));
    }
    const bool complete = frame == framing::counted || whole.ended;
    if (!complete || whole.malformed) return;
    check_clean(whole.message);
    const decoded again =
        decode(stuffed(whole.message), framing::dotted, newline_policy::reject, 0);
    assert(again.ended && !again.malformed && again.message == whole.message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    for (const auto frame : {framing::dotted, framing::counted}) {
        for (const auto policy : {newline_policy::reject, newline_policy::normalize}) {
            check(input, frame, policy);
        }
    }
    return 0;
}
