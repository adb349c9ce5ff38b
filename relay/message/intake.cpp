#include "relay/message/intake.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "relay/message/trace.hpp"
#include "relay/smtp/text.hpp"

namespace kurir::message {

namespace {

// What is reserved for a message of undeclared size, and for our own lines in front of it.
constexpr std::size_t usual_size = 6 * 1024;
constexpr std::size_t trace_room = 1024;

// Recipients by domain, in the order in which the domains came first; those that are the same but
// for the case of the domain once (conformance Q026).
std::vector<queue::delivery> group_by_domain(
    const std::vector<smtp::mailbox>& given, queue::envelope& into
) {
    std::vector<queue::delivery> groups;
    std::unordered_map<std::string_view, std::size_t> group_of;
    std::unordered_set<std::string> seen;
    for (const auto& recipient : given) {
        std::string text = recipient.text();
        if (given.size() > 1 && !seen.insert(text).second) continue;
        const auto [at, is_new] = group_of.try_emplace(recipient.domain, groups.size());
        if (is_new) {
            groups.emplace_back();
            groups.back().domain = recipient.domain;
        }
        const auto index = static_cast<std::uint32_t>(into.recipients.size());
        groups[at->second].recipients.push_back(index);
        into.recipients.push_back(std::move(text));
    }
    return groups;
}

bool needs_utf8_envelope(const queue::envelope& mail) {
    return smtp::has_high(mail.reverse_path) ||
           std::any_of(mail.recipients.begin(), mail.recipients.end(), [](const auto& recipient) {
               return smtp::has_high(recipient);
           });
}

}  // namespace

intake::intake(
    const intake_settings& settings, intake_origin origin, smtp::server_transaction envelope
)
    : settings_(settings), origin_(std::move(origin)), envelope_(std::move(envelope)) {
    const std::uint64_t expected =
        envelope_.declared_size != 0 ? envelope_.declared_size : usual_size;
    chunk_.reserve(
        static_cast<std::size_t>(std::min<std::uint64_t>(expected, chunk_size)) + trace_room
    );
    write_trace();
}

void intake::write_trace() {
    hop told;
    told.helo = origin_.helo;
    told.client = origin_.client;
    told.by = settings_.hostname;
    told.protocol = origin_.protocol;
    told.id = origin_.id.text();
    told.at = origin_.at;
    if (envelope_.recipients.size() == 1) told.for_recipient = envelope_.recipients.front().text();
    chunk_ += received_field(told);
    trace_size_ = chunk_.size();
}

std::size_t intake::append(std::string_view bytes) {
    const std::size_t room = chunk_full() ? 0 : chunk_size - chunk_.size();
    const std::string_view taken = bytes.substr(0, room);
    chunk_ += taken;
    if (header_.done() || problem_) return taken.size();

    if (header_.scan(std::string_view(chunk_).substr(trace_size_))) {
        on_header_end();
    } else if (chunk_full()) {
        problem_ = smtp::refusal::header_too_big;
    }
    return taken.size();
}

// Puts what is missing behind our Received field.
void intake::on_header_end() {
    const auto& header = header_.facts();
    if (header.received > settings_.hops_max) {
        problem_ = smtp::refusal::too_many_hops;
        return;
    }
    std::string missing;
    if (settings_.fixup && !header.date) missing += date_field(origin_.at);
    if (settings_.fixup && !header.message_id) {
        missing += message_id_field(origin_.id, settings_.hostname);
    }
    // Text without header must not be taken for one, nor an empty message be without its end.
    if (header.end == 0) missing += "\r\n";
    chunk_.insert(trace_size_, missing);
    trace_size_ += missing.size();
}

std::string intake::take_chunk() {
    assert(chunk_full());
    std::string full;
    full.reserve(chunk_size);
    std::swap(full, chunk_);
    size_ += full.size();
    ++chunks_taken_;
    return full;
}

void intake::end() {
    if (header_.done() || problem_) return;
    header_.finish(std::string_view(chunk_).substr(trace_size_));
    on_header_end();
}

queue::submission intake::take_submission(const smtp::content_facts& content) {
    queue::submission result;
    queue::envelope& mail = result.mail;
    mail.id = origin_.id;
    mail.reverse_path = envelope_.reverse_path.text();
    mail.received_at = origin_.at;
    mail.size = size_ + chunk_.size();
    mail.header_size = static_cast<std::uint32_t>(trace_size_ + header_.facts().end);
    mail.chunks = chunks_taken_ + 1;
    mail.client = origin_.client;
    mail.session = origin_.session;
    mail.message_id_header = header_.facts().message_id_text;

    result.deliveries = group_by_domain(envelope_.recipients, mail);
    for (auto& delivery : result.deliveries) {
        delivery.id = mail.id;
        delivery.due = mail.received_at;
        delivery.received_at = mail.received_at;
        delivery.size = mail.size;
        delivery.sender = origin_.network;
    }
    // Header bytes that are not ASCII need SMTPUTF8 only if the client says that they are UTF-8;
    // otherwise they are passed on as the eight-bit bytes they are.
    mail.needs.eight_bit = content.eight_bit;
    mail.needs.smtputf8 =
        envelope_.smtputf8 && (header_.facts().high_bytes || needs_utf8_envelope(mail));
    mail.needs.longest_line = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(content.longest_line, std::numeric_limits<std::uint32_t>::max())
    );
    result.last_chunk = std::move(chunk_);
    return result;
}

}  // namespace kurir::message
