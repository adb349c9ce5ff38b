#include "relay/smtp/message_framing.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kurir::smtp {

void message_framing::begin(framing kind) {
    assert(state_ == state::idle && !begun() && !failed_);
    kind_ = kind;
    decoder_.emplace(kind, newlines_);
    kept_ = true;
}

void message_framing::begin_data() {
    begin(framing::dotted);
    state_ = state::data;
}

void message_framing::begin_chunk(const chunk_argument& chunk) {
    assert(state_ == state::idle && !failed_);
    if (!begun()) begin(framing::counted);
    chunk_ = chunk;
    chunk_left_ = chunk.size;
    state_ = state::chunk;
}

void message_framing::skip_chunk(const chunk_argument& chunk) noexcept {
    assert(state_ == state::idle);
    chunk_ = chunk;
    chunk_left_ = chunk.size;
    if (chunk_left_ != 0) state_ = state::skipped_chunk;
}

message_framing::step message_framing::next(std::string_view input) {
    if (state_ == state::after_last_chunk) {
        state_ = state::idle;
        return {.reached = event::end_of_message};
    }
    if (state_ == state::chunk && chunk_left_ == 0) return end_chunk();
    if (input.empty()) return {.reached = event::need_input};
    if (state_ == state::data) return read_data(input);
    if (state_ == state::chunk) return read_chunk(input);
    assert(state_ == state::skipped_chunk);
    return skip(input);
}

message_framing::step message_framing::read_data(std::string_view input) {
    const auto piece = decoder_->decode(input);
    check_limits();
    step result{.consumed = piece.consumed};
    if (!piece.end) return with_bytes(result, piece.bytes);
    state_ = state::idle;
    result.reached = event::end_of_message;
    return result;
}

message_framing::step message_framing::read_chunk(std::string_view input) {
    const auto piece = decoder_->decode(input.substr(0, chunk_left_));
    check_limits();
    chunk_left_ -= piece.consumed;
    return with_bytes({.consumed = piece.consumed}, piece.bytes);
}

message_framing::step message_framing::end_chunk() {
    if (chunk_.last) {
        const std::string_view owed = decoder_->finish();
        check_limits();
        state_ = state::after_last_chunk;
        return with_bytes({}, owed);
    }
    state_ = state::idle;
    if (verdict()) failed_ = true;
    return {.reached = event::end_of_chunk};
}

message_framing::step message_framing::skip(std::string_view input) noexcept {
    const auto consumed = std::min<std::uint64_t>(chunk_left_, input.size());
    chunk_left_ -= consumed;
    if (chunk_left_ == 0) state_ = state::idle;
    return {.consumed = static_cast<std::size_t>(consumed)};
}

message_framing::step message_framing::with_bytes(step reached, std::string_view bytes)
    const noexcept {
    if (refusal_ || bytes.empty()) return reached;
    reached.reached = event::message_bytes;
    reached.bytes = bytes;
    return reached;
}

// When the message can't be accepted any more, its stored part is useless.
void message_framing::check_limits() noexcept {
    if (refusal_) return;
    refusal_ = verdict();
    if (refusal_) drop();
}

// The order is fixed, so that the reply does not depend on how the message was cut into segments.
std::optional<refusal> message_framing::verdict() const noexcept {
    if (decoder_->malformed()) return refusal::bare_newline;
    if (decoder_->refused_nul()) return refusal::nul;
    if (size_max_ != 0 && decoder_->facts().size > size_max_) return refusal::too_big;
    return refusal_;
}

void message_framing::refuse(refusal reason) noexcept {
    kept_ = false;
    refusal_ = reason;
}

void message_framing::forget() noexcept {
    state_ = state::idle;
    drop();
    decoder_.reset();
    refusal_.reset();
    failed_ = false;
}

void message_framing::stop() noexcept {
    state_ = state::idle;
    drop();
}

void message_framing::drop() noexcept {
    if (std::exchange(kept_, false)) drop_owed_ = true;
}

bool message_framing::take_drop() noexcept {
    return std::exchange(drop_owed_, false);
}

}  // namespace kurir::smtp
