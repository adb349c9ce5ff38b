// Turns the decoded bytes of a message into what the queue stores: adds our trace and missing
// fields, repairs the header, cuts the message into chunks, and makes its deliveries.
//
// Holds the header section until it has ended, and then at most one chunk: the caller takes each
// full chunk before it appends more. Pure.
//
// Priority: from the header (`header_edit`), otherwise from the listener.
//
// Tenant (`delivery.tenant`): the client's network and the domain of the reverse-path, so that
// applications behind one address (loopback, a gateway, a proxy) count separately. Clients are
// trusted, so it is accepted that a client can use many domains to get more turns.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"
#include "relay/message/authors.hpp"
#include "relay/message/body_lines.hpp"
#include "relay/message/digest_maker.hpp"
#include "relay/message/header_edit.hpp"
#include "relay/message/header_scan.hpp"
#include "relay/smtp/body.hpp"
#include "relay/smtp/server_dialogue.hpp"

namespace kurir::message {

// A record of the store.
inline constexpr std::size_t chunk_size = 256 * 1024;

// The same for all messages.
struct intake_settings {
    std::string hostname;
    header_policy header;
    std::size_t header_size_max = 1024 * 1024;
    std::size_t line_length_max = 65536;  // of the body
    std::size_t hops_max = 100;
    bool hide_client = false;                       // in the trace
    std::optional<smtp::mailbox> redirect_to = {};  // in place of all recipients, who are named
};

// The changes that rules of rewriting make in a header section, which `text` begins with.
using header_rewriter =
    std::function<std::vector<header_change>(std::string_view text, const header_facts& facts)>;

// Where a message comes from.
struct intake_origin {
    queue::message_id id;
    queue::time_point at{};
    std::chrono::milliseconds calendar_ahead{};  // relative to `at`, for times that people read
    std::string helo;
    std::string protocol;
    std::string tls;      // version and cipher; empty: in clear
    std::string client;   // address
    std::string network;  // of the client
    std::string session;
    std::string credential = {};                         // of the client; empty: none
    queue::priority priority = queue::priority::normal;  // of the client or the listener
    bool reads_authors = false;                          // somebody will ask for `authors`
    bool is_signed = false;                              // somebody will ask for the digest
    std::vector<smtp::mailbox> copies = {};  // recipients of whom the sender must not learn
    header_rewriter rewriter = {};           // none: the header stays
};

class intake {
public:
    // `settings` must outlive the intake.
    intake(
        const intake_settings& settings, intake_origin origin, smtp::server_transaction envelope
    );

    // Takes as many of `bytes` as fit, from the front. It takes all of them unless `chunk_full` is
    // true afterwards.
    std::size_t append(std::string_view bytes);

    bool chunk_full() const noexcept { return header_.done() && chunk_.size() >= chunk_size; }

    // A full chunk and its number, for the caller to store.
    std::string take_chunk();
    std::uint32_t chunks_taken() const noexcept { return chunks_taken_; }

    // Why the message can't be taken, as far as it is known.
    std::optional<smtp::refusal> problem() const noexcept { return problem_; }

    // Ends the message and makes the last checks: ask for `problem` afterwards.
    void end();

    // After `end`, once.
    queue::submission take_submission(const smtp::content_facts& content);

    queue::message_id id() const noexcept { return origin_.id; }

    // After `end`: the value of an X-Kurir-Priority field that is not a class, if there was one.
    const std::string& unknown_priority() const noexcept { return unknown_priority_; }

    // After `end`: the value of X-Kurir-Idempotency-Key; empty if there was none.
    const std::string& idempotency_key() const noexcept { return idempotency_key_; }

    // After `end`, before `take_submission`: which of the client's recipients get no copy. Not all
    // of them. They may be the same in `redirect_to`, who gets one.
    void leave_out(const std::vector<bool>& recipients);
    std::size_t left_out() const noexcept { return left_out_; }

    // After `end`: the value of X-Kurir-Route; empty if there was none.
    const std::string& route_tag() const noexcept { return route_tag_; }

    // After `end`, if `reads_authors`: the addresses in From.
    const message::authors& authors() const noexcept { return authors_; }

    // After `end`, once, if the message is to be signed.
    digested take_digest() { return digest_->finish(); }

private:
    std::string redirect();
    void write_trace();
    std::size_t take(std::string_view bytes, std::size_t limit);
    std::size_t take_body(std::string_view bytes);
    void check_lines(std::string_view body);
    void read_header();
    void on_header_end();
    void begin_digest();
    std::string missing_fields(const header_plan& plan);
    std::string rewritten(std::string header);

    const intake_settings& settings_;
    intake_origin origin_;
    smtp::server_transaction envelope_;
    std::size_t copies_begin_ = 0;  // recipients of the envelope from here on get a blind copy
    header_scan header_;
    body_lines lines_;
    std::string chunk_;
    std::size_t trace_size_ = 0;   // bytes of our own in front of the message
    std::size_t header_size_ = 0;  // with these; known once the header has ended
    bool eight_bit_ = false;       // a rule of rewriting has brought a byte above 0x7f
    std::string message_id_;
    std::string unknown_priority_;
    std::string route_tag_;
    std::string idempotency_key_;
    std::size_t left_out_ = 0;
    message::authors authors_;
    std::optional<digest_maker> digest_;
    std::uint64_t size_ = 0;  // of the chunks that were taken
    std::uint32_t chunks_taken_ = 0;
    std::optional<smtp::refusal> problem_;
};

}  // namespace kurir::message
