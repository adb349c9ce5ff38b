// What is said in the SMTP sessions that an operator has chosen, for a while, as events
// `transcript`.
//
// Where nothing is chosen, asking costs one load. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace kurir::log {

// Who the peer of a session is.
enum class peer : std::uint8_t { client, server };

struct transcript_choice {
    log::peer peer = peer::client;
    std::string pattern = {};  // of one of its names, in any case; * stands for anything
    std::chrono::system_clock::time_point until = {};
};

// Replaces all choices.
void choose_transcripts(std::vector<transcript_choice> choices);
// Those that hold still.
std::vector<transcript_choice> chosen_transcripts();

// False: nobody wants any transcript. True: `transcribe` may write one.
bool transcripts_wanted() noexcept;

struct transcribed_session {
    log::peer peer = peer::client;
    std::initializer_list<std::string_view> names;  // of the peer; the first is told
    std::string_view id = {};                       // of the session; may be empty
};

// Writes a line for each of `text`, which holds no secret, if the session is chosen. `by_peer`: who
// said it; otherwise we did.
void transcribe(const transcribed_session& session, bool by_peer, std::string_view text);

}  // namespace kurir::log
