// A remote server's replies: the same bytes are the same replies however they are cut, memory is
// bounded, and a transaction that they answer ends with a result for every recipient.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/smtp/peer.hpp"
#include "relay/smtp/reply_parser.hpp"
#include "relay/smtp/transaction.hpp"

namespace {

using namespace kurir::smtp;

struct conversation {
    std::deque<reply> replies;
    bool broken = false;

    bool operator==(const conversation&) const = default;
};

// Reads all replies from segments of this size; 0 means all at once.
conversation read(std::string_view input, std::size_t segment) {
    reply_parser parser;
    conversation result;
    while (!input.empty() && !result.broken) {
        auto part = input.substr(0, segment == 0 ? input.size() : segment);
        input.remove_prefix(part.size());
        while (!part.empty() && !result.broken) {
            const auto state = parser.feed(part);
            if (state == reply_parser::state::complete) result.replies.push_back(parser.take());
            result.broken = state == reply_parser::state::broken;
        }
    }
    return result;
}

void check(const reply& said) {
    assert(said.code >= 200 && said.code <= 599);
    assert(!said.lines.empty() && said.lines.size() <= 100);
    for (const auto& line : said.lines)
        assert(line.size() <= 2048 && line.find('\n') == std::string::npos);
    assert(!said.status || said.status.klass == said.code / 100);
}

reply take(std::deque<reply>& replies) {
    auto first = std::move(replies.front());
    replies.pop_front();
    return first;
}

// A server that offers what the first reply says answers with the others, and then is gone.
void converse(std::deque<reply> replies) {
    if (replies.empty()) return;
    const auto offers = read_peer(take(replies));
    transaction dialogue({"a@client.test", {"b@remote.test", "c@remote.test"}, 100}, offers);
    for (;;) {
        const auto step = dialogue.next();
        switch (step.todo) {
            case transaction::action::finished:
                assert(dialogue.results().size() == 2);
                return;
            case transaction::action::send:
                assert(step.bytes.ends_with("\r\n"));
                break;
            case transaction::action::send_data:
            case transaction::action::send_bdat:
                assert((step.todo == transaction::action::send_bdat) == offers.chunking);
                dialogue.on_body_sent();
                break;
            case transaction::action::await_reply:
                if (replies.empty()) {
                    dialogue.on_broken();
                } else {
                    dialogue.on_reply(take(replies));
                }
                break;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto whole = read(input, 0);
    assert(read(input, 1) == whole);
    assert(read(input, 7) == whole);
    for (const auto& said : whole.replies)
        check(said);
    converse(whole.replies);
    return 0;
}
