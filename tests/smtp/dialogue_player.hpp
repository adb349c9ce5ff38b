// Plays a server's replies to `smtp::transaction`.
#pragma once

#include <string>
#include <vector>

#include "relay/smtp/transaction.hpp"

namespace kurir::smtp::testing {

inline reply said(int code, enhanced_status status = {}, const std::string& text = "text") {
    return {.code = code, .status = status, .lines = {text}};
}

inline mail_request to(std::size_t recipients) {
    mail_request mail{.reverse_path = "a@client.example", .recipients = {}, .size = 100};
    for (std::size_t i = 0; i < recipients; ++i)
        mail.recipients.push_back(std::to_string(i) + "@remote.example");
    return mail;
}

inline constexpr peer plain{};
inline constexpr peer pipelining{.pipelining = true};
inline constexpr peer chunking{.chunking = true};
inline constexpr peer both{.pipelining = true, .chunking = true};

// Returns all that the client sent, with <body> for the message. When the replies are used up, the
// connection breaks.
inline std::string play(transaction& dialogue, const std::vector<reply>& replies) {
    using action = transaction::action;
    std::string sent;
    std::size_t next = 0;
    for (;;) {
        auto step = dialogue.next();
        switch (step.todo) {
            case action::send:
                sent += step.bytes;
                break;
            case action::send_data:
            case action::send_bdat:
                sent += "<body>";
                dialogue.on_body_sent();
                break;
            case action::await_reply:
                if (next == replies.size()) {
                    dialogue.on_broken();
                } else {
                    dialogue.on_reply(replies[next++]);
                }
                break;
            case action::finished:
                return sent;
        }
    }
}

inline std::string play(transaction& dialogue, const std::vector<int>& codes) {
    std::vector<reply> replies;
    for (const int code : codes)
        replies.push_back(said(code));
    return play(dialogue, replies);
}

// The code that each recipient got; 0 for none.
inline std::vector<int> codes(const transaction& dialogue) {
    std::vector<int> all;
    for (const auto& each : dialogue.results())
        all.push_back(each.said ? each.said->code : 0);
    return all;
}

}  // namespace kurir::smtp::testing
