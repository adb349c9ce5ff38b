#include "relay/log/transcript.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/log/log.hpp"

namespace kurir::log {

namespace {

using std::chrono::system_clock;

struct transcript_choices {
    std::atomic<bool> any = false;
    std::mutex lock;
    std::vector<transcript_choice> all;  // patterns in small letters
};

transcript_choices& choices_now() {
    static auto& here = *new transcript_choices;  // outlives all sessions
    return here;
}

bool is_chosen(const transcript_choice& choice, const transcribed_session& session) {
    if (choice.peer != session.peer) return false;
    return std::ranges::any_of(session.names, [&](std::string_view name) {
        return base::fits_glob(choice.pattern, name);
    });
}

void forget_ended(transcript_choices& choices) {
    const auto now = system_clock::now();
    std::erase_if(choices.all, [now](const auto& each) { return each.until <= now; });
    choices.any = !choices.all.empty();
}

}  // namespace

void choose_transcripts(std::vector<transcript_choice> choices) {
    for (auto& each : choices)
        each.pattern = base::lowered(each.pattern);
    auto& present = choices_now();
    const std::lock_guard locked(present.lock);
    present.all = std::move(choices);
    forget_ended(present);
}

std::vector<transcript_choice> chosen_transcripts() {
    auto& present = choices_now();
    const std::lock_guard locked(present.lock);
    forget_ended(present);
    return present.all;
}

bool transcripts_wanted() noexcept {
    return choices_now().any.load(std::memory_order_relaxed);
}

void transcribe(const transcribed_session& session, bool by_peer, std::string_view text) {
    {
        auto& present = choices_now();
        const std::lock_guard locked(present.lock);
        forget_ended(present);
        const bool wanted = std::ranges::any_of(present.all, [&](const auto& each) {
            return is_chosen(each, session);
        });
        if (!wanted) return;
    }
    const auto* peer = session.peer == peer::client ? "client" : "server";
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        event line(level::notice, "transcript");
        line.with("session_id", session.id)
            .with("peer", peer)
            .with("peer_name", *session.names.begin());
        line.with("by", by_peer ? peer : "kurir").with("text", text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace kurir::log
