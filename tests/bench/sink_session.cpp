#include "tests/bench/sink_session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/bench/load_message.hpp"

namespace kurir::bench {
namespace {

constexpr std::size_t first_room = 64 * 1024;
constexpr std::string_view end_of_data = "\r\n.\r\n";
constexpr std::string_view extensions =
    "250-sink.bench.example\r\n"
    "250-PIPELINING\r\n"
    "250-SIZE 104857600\r\n"
    "250-8BITMIME\r\n";
constexpr std::string_view last_extension = "250 ENHANCEDSTATUSCODES\r\n";

// Verbs are four letters; a relay under test sends them in either case.
bool is_verb(std::string_view line, std::string_view verb) {
    return line.size() >= verb.size() &&
           std::equal(verb.begin(), verb.end(), line.begin(), [](char want, char got) {
               return want == (got & ~0x20);
           });
}

// memmem is several times faster than string_view::find.
std::size_t find_end_of_data(std::string_view text, std::size_t begin) {
    const void* const found =
        ::memmem(text.data() + begin, text.size() - begin, end_of_data.data(), end_of_data.size());
    if (found == nullptr) return std::string_view::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace

sink_session::sink_session(
    int socket, ledger& results, const tls_context* tls, std::function<void()> on_end
)
    : connection_(socket),
      results_(results),
      tls_(tls),
      on_end_(std::move(on_end)),
      input_(first_room) {
    answer("220 sink.bench.example ESMTP\r\n");
    connection_.write(std::exchange(replies_, {}));
}

void sink_session::on_readable() {
    if (shakes_hands_ && !on_handshake(connection_.shake_hands())) return end();
    if (shakes_hands_) return;
    do {
        if (!on_input()) return end();
    } while (connection_.holds_input());
}

bool sink_session::on_input() {
    make_room();
    const auto count = connection_.read(std::span(input_).subspan(filled_));
    if (!count) return false;
    filled_ += *count;
    while (in_content_ ? take_content() : take_command()) {
    }
    if (!connection_.write(replies_) || quit_) return false;
    replies_.clear();
    if (!std::exchange(begins_tls_, false)) return true;
    taken_ = filled_ = 0;
    shakes_hands_ = true;
    return on_handshake(connection_.begin_tls(*tls_));
}

// False if it failed.
bool sink_session::on_handshake(connection::handshake state) {
    shakes_hands_ = state == connection::handshake::pending;
    return state != connection::handshake::failed;
}

void sink_session::end() {
    const auto on_end = std::move(on_end_);
    on_end();
}

bool sink_session::take_command() {
    const auto text = rest();
    const auto end = text.find('\n');
    if (end == std::string_view::npos || quit_) return false;
    const auto line = text.substr(0, end + 1);
    if (is_verb(line, "DATA")) {
        answer("354 go ahead\r\n");
        in_content_ = true;
        // The line's own CRLF is left in the input, so that a final dot right behind it is found.
        taken_ += end - 1;
        searched_ = 0;
        return true;
    }
    taken_ += end + 1;
    if (is_verb(line, "EHLO")) {
        answer(extensions);
        if (tls_ != nullptr && !connection_.secure()) answer("250-STARTTLS\r\n");
        answer(last_extension);
    } else if (is_verb(line, "STARTTLS") && tls_ != nullptr && !connection_.secure()) {
        answer("220 2.0.0 go ahead\r\n");
        begins_tls_ = true;
        return false;
    } else if (is_verb(line, "QUIT")) {
        answer("221 2.0.0 bye\r\n");
        quit_ = true;
    } else {
        answer("250 2.0.0 ok\r\n");
    }
    return true;
}

bool sink_session::take_content() {
    const auto text = rest();
    const auto end = find_end_of_data(text, searched_);
    if (end == std::string_view::npos) {
        searched_ = text.size() - std::min(text.size(), end_of_data.size() - 1);
        return false;
    }
    // Without the CRLF of DATA, with the CRLF of its last line.
    const auto content = text.substr(2, end);
    if (const auto number = number_of(content)) {
        results_.arrived(*number);
    } else {
        results_.arrived_damaged();
    }
    taken_ += end + end_of_data.size();
    in_content_ = false;
    answer("250 2.0.0 taken\r\n");
    return true;
}

void sink_session::answer(std::string_view line) {
    replies_ += line;
}

// Moves what is left to the front; doubles the room when a message fills it.
void sink_session::make_room() {
    if (taken_ > 0) {
        std::memmove(input_.data(), input_.data() + taken_, filled_ - taken_);
        filled_ -= taken_;
        taken_ = 0;
    }
    if (filled_ == input_.size()) input_.resize(2 * input_.size());
}

}  // namespace kurir::bench
