#include "relay/message/intake.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "queue/priority.hpp"
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

// Whose turn the message counts as: see the header.
std::string tenant_of(const std::string& network, const smtp::path& reverse_path) {
    if (!reverse_path.address) return network;
    return network + ' ' + reverse_path.address->domain;
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
    const std::size_t taken = take(bytes);
    if (header_.done() || problem_) return taken;

    if (header_.scan(std::string_view(chunk_).substr(trace_size_))) {
        on_header_end();
        return taken + take(bytes.substr(taken));  // what was taken out has left room
    }
    if (chunk_full()) problem_ = smtp::refusal::header_too_big;
    return taken;
}

// As much as fits.
std::size_t intake::take(std::string_view bytes) {
    const std::size_t room = chunk_full() ? 0 : chunk_size - chunk_.size();
    const std::string_view taken = bytes.substr(0, room);
    chunk_ += taken;
    return taken.size();
}

// Takes out what is for us alone, and puts what is missing behind our Received field.
void intake::on_header_end() {
    const auto& header = header_.facts();
    if (header.received > settings_.hops_max) {
        problem_ = smtp::refusal::too_many_hops;
        return;
    }
    header_size_ = trace_size_ + header.end;
    take_out_priorities();

    std::string missing;
    if (settings_.fixup && !header.date) missing += date_field(origin_.at);
    message_id_ = header.message_id_text;
    if (settings_.fixup && !header.message_id) {
        message_id_ = message_id_text(origin_.id, settings_.hostname);
        missing += message_id_field(origin_.id, settings_.hostname);
    }
    // Text without header must not be taken for one, nor an empty message be without its end.
    if (header.end == 0) missing += "\r\n";
    chunk_.insert(trace_size_, missing);
    header_size_ += missing.size();
}

// Closes the gaps in one go: there may be thousands of them.
void intake::take_out_priorities() {
    const auto& fields = header_.facts().priorities;
    if (fields.empty()) return;
    const auto at = [&](std::size_t in_message) {
        return chunk_.begin() + static_cast<std::ptrdiff_t>(trace_size_ + in_message);
    };
    auto kept_end = at(fields.front().begin);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto next = i + 1 < fields.size() ? at(fields[i + 1].begin) : chunk_.end();
        kept_end = std::copy(at(fields[i].end), next, kept_end);
        header_size_ -= fields[i].end - fields[i].begin;
        if (const auto known = queue::priority_of(fields[i].value)) {
            origin_.priority = *known;
        } else {
            unknown_priority_ = fields[i].value;
        }
    }
    chunk_.erase(kept_end, chunk_.end());
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
    mail.header_size = static_cast<std::uint32_t>(header_size_);
    mail.chunks = chunks_taken_ + 1;
    mail.client = origin_.client;
    mail.session = origin_.session;
    mail.message_id_header = message_id_;

    result.deliveries = group_by_domain(envelope_.recipients, mail);
    const std::string tenant = tenant_of(origin_.network, envelope_.reverse_path);
    for (auto& delivery : result.deliveries) {
        delivery.id = mail.id;
        delivery.due = mail.received_at;
        delivery.received_at = mail.received_at;
        delivery.size = mail.size;
        delivery.sender = tenant;
        delivery.priority = origin_.priority;
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
