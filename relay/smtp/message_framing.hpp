// Finds where the bytes of a message end, on the server's side: DATA at its dot, BDAT by its counts
// (RFC 3030). Pure; knows no commands, no replies and no recipients.
//
//   framing.begin_data();                      // or begin_chunk, for each BDAT; or skip_chunk
//   while (framing.owns_input()) {
//       const auto step = framing.next(input); // also where there is no input
//       ...
//   }
//   framing.forget();                          // when the message is over, however it ended
//
// No byte of a message becomes a command: a message that can't be taken is read to its true end,
// and the bytes after the refusal are dropped. The driver of the dialogue keeps the bytes from
// `next`; `take_drop` tells it when they are not needed any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "relay/smtp/body.hpp"
#include "relay/smtp/command.hpp"
#include "relay/smtp/refusal.hpp"

namespace kurir::smtp {

class message_framing {
public:
    enum class event : std::uint8_t {
        proceed,         // call `next` with the rest of the input, if it still owns it
        need_input,      // all of the input is consumed, and more must come
        message_bytes,   // `bytes` are the next part of the message
        end_of_chunk,    // it was not the last: another BDAT may follow
        end_of_message,  // acceptable or not: see `verdict`
    };

    struct step {
        event reached = event::proceed;
        std::size_t consumed = 0;     // consumed bytes of the input
        std::string_view bytes = {};  // valid as long as the input
    };

    // `size_max`: of a message; 0: no limit.
    message_framing(newline_policy newlines, std::uint64_t size_max) noexcept
        : newlines_(newlines), size_max_(size_max) {}

    // The next bytes are the message, to the end of data.
    void begin_data();

    // The next bytes are a chunk of the message; the first one begins it.
    void begin_chunk(const chunk_argument& chunk);

    // The next bytes are a chunk that was refused when it was announced: they are dropped.
    void skip_chunk(const chunk_argument& chunk) noexcept;

    // True while the input belongs to the message, and none of it is a command.
    bool owns_input() const noexcept { return state_ != state::idle; }

    step next(std::string_view input);

    // Drops the rest of the message, for this reason unless an earlier one exists. The caller has
    // already dropped its stored part.
    void refuse(refusal reason) noexcept;

    // A chunk is missing: the message can't be completed. Lasts until `forget`.
    void fail() noexcept { failed_ = true; }

    // The caller has stored or dropped what it kept.
    void let_go() noexcept { kept_ = false; }

    // The message is over, or aborted.
    void forget() noexcept;

    // The session ends: nothing more is read.
    void stop() noexcept;

    // True once, when the caller must drop the stored part of a message.
    bool take_drop() noexcept;

    // Why the message can't be taken, judged by the bytes so far. Does not depend on how they were
    // divided into segments. Only while it has `begun`.
    std::optional<refusal> verdict() const noexcept;

    bool begun() const noexcept { return decoder_.has_value(); }
    bool failed() const noexcept { return failed_; }
    bool receiving() const noexcept { return state_ == state::data || state_ == state::chunk; }
    framing kind() const noexcept { return kind_; }
    std::uint64_t chunk_size() const noexcept { return chunk_.size; }
    const content_facts& facts() const { return decoder_->facts(); }

private:
    enum class state : std::uint8_t {
        idle,
        data,
        chunk,
        after_last_chunk,  // the end of the message must be reported
        skipped_chunk,
    };

    void begin(framing kind);
    step read_data(std::string_view input);
    step read_chunk(std::string_view input);
    step end_chunk();
    step skip(std::string_view input) noexcept;
    step with_bytes(step reached, std::string_view bytes) const noexcept;
    void check_limits() noexcept;
    void drop() noexcept;

    newline_policy newlines_;
    std::uint64_t size_max_;
    state state_ = state::idle;
    framing kind_ = framing::dotted;
    std::optional<body_decoder> decoder_;  // from `begin` to `forget`
    chunk_argument chunk_;
    std::uint64_t chunk_left_ = 0;
    std::optional<refusal> refusal_;
    bool failed_ = false;
    bool kept_ = false;
    bool drop_owed_ = false;
};

}  // namespace kurir::smtp
