// From the decoded bytes of a message to what the queue stores: our trace and missing fields in
// front, cut into chunks, with its deliveries.
//
// Holds at most one chunk: the caller takes each full one away before it appends more. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "queue/message.hpp"
#include "relay/message/fixup.hpp"
#include "relay/smtp/body.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::message {

// A record of the store. The header section must fit the first one.
inline constexpr std::size_t chunk_size = 256 * 1024;

// The same for all messages.
struct intake_settings {
    std::string hostname;
    bool fixup = true;  // add Date and Message-ID if they are missing
    std::size_t hops_max = 100;
};

// Where a message comes from.
struct intake_origin {
    queue::message_id id;
    queue::time_point at{};
    std::string helo;
    std::string protocol;
    std::string client;   // address
    std::string network;  // whose turn its deliveries count as
    std::string session;
};

class intake {
public:
    // `settings` must outlive the intake.
    intake(
        const intake_settings& settings, intake_origin origin, smtp::server_transaction envelope
    );

    // Takes the front of `bytes`, as much as fits: less than all only if `chunk_full` then.
    std::size_t append(std::string_view bytes);

    bool chunk_full() const noexcept { return chunk_.size() >= chunk_size; }

    // A chunk that is full, and its number: the caller stores it.
    std::string take_chunk();
    std::uint32_t chunks_taken() const noexcept { return chunks_taken_; }

    // Why the message can't be taken, as far as it is known.
    std::optional<smtp::refusal> problem() const noexcept { return problem_; }

    // The message has come to its end: looks at what is still open, so ask for `problem` then.
    void end();

    // After `end`, once.
    queue::submission take_submission(const smtp::content_facts& content);

    queue::message_id id() const noexcept { return origin_.id; }

private:
    void write_trace();
    void on_header_end();

    const intake_settings& settings_;
    intake_origin origin_;
    smtp::server_transaction envelope_;
    header_scan header_;
    std::string chunk_;
    std::size_t trace_size_ = 0;  // bytes of our own in front of the message
    std::uint64_t size_ = 0;      // of the chunks that were taken
    std::uint32_t chunks_taken_ = 0;
    std::optional<smtp::refusal> problem_;
};

}  // namespace kurir::message
