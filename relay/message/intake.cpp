#include "relay/message/intake.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "queue/priority.hpp"
#include "relay/base/text.hpp"
#include "relay/message/trace.hpp"

namespace kurir::message {

namespace {

// The memory reserved for a message of undeclared size, and for our own lines before it.
constexpr std::size_t usual_size = 6 * 1024;
constexpr std::size_t trace_room = 1024;

// Of a blind copy, and of what became of it, the sender must not learn (RFC 3461 section 4.1).
constexpr queue::dsn_notify never_notify{.never = true};

// Groups recipients by domain, in the order in which the domains appear. Recipients that differ
// only in the case of the domain are kept once (Q026). Those from `copies` on get a blind copy.
std::vector<queue::delivery> group_by_domain(
    const std::vector<smtp::mailbox>& given, std::size_t copies, queue::envelope& mail
) {
    std::vector<queue::delivery> groups;
    std::unordered_map<std::string_view, std::size_t> group_of;
    std::unordered_set<std::string> seen;
    for (std::size_t position = 0; position < given.size(); ++position) {
        const auto& recipient = given[position];
        std::string text = recipient.text();
        if (given.size() > 1 && !seen.insert(text).second) continue;
        const auto [at, is_new] = group_of.try_emplace(recipient.domain, groups.size());
        if (is_new) {
            groups.emplace_back();
            groups.back().domain = recipient.domain;
        }
        const auto index = static_cast<std::uint32_t>(mail.recipients.size());
        groups[at->second].recipients.push_back(index);
        auto& added = mail.recipients.emplace_back(std::move(text));
        if (position >= copies) added.dsn = queue::dsn_wishes{.notify = never_notify};
    }
    return groups;
}

// The tenant of the message: see the header file.
std::string tenant_of(const std::string& network, const smtp::path& reverse_path) {
    if (!reverse_path.address) return network;
    return network + ' ' + reverse_path.address->domain;
}

bool needs_utf8_envelope(const queue::envelope& mail) {
    return base::has_high(mail.reverse_path) ||
           std::any_of(mail.recipients.begin(), mail.recipients.end(), [](const auto& recipient) {
               return base::has_high(recipient.address);
           });
}

}  // namespace

intake::intake(
    const intake_settings& settings, intake_origin origin, smtp::server_transaction envelope
)
    : settings_(settings),
      origin_(std::move(origin)),
      envelope_(std::move(envelope)),
      lines_(settings.line_length_max) {
    const std::uint64_t expected =
        envelope_.declared_size != 0 ? envelope_.declared_size : usual_size;
    chunk_.reserve(
        static_cast<std::size_t>(std::min<std::uint64_t>(expected, chunk_size)) + trace_room
    );
    const auto originals = redirect();
    write_trace();
    chunk_ += originals;
    trace_size_ = chunk_.size();
    copies_begin_ = envelope_.recipients.size();
    if (settings_.redirect_to) return;
    auto& all = envelope_.recipients;
    all.insert(all.end(), origin_.copies.begin(), origin_.copies.end());
}

// Replaces all recipients by the one that is configured; returns fields that name them, each once.
std::string intake::redirect() {
    if (!settings_.redirect_to) return {};
    std::string fields;
    std::unordered_set<std::string> seen;
    for (const auto& each : envelope_.recipients) {
        if (seen.insert(each.text()).second) fields += original_to_field(each.text());
    }
    envelope_.recipients.assign(1, *settings_.redirect_to);
    return fields;
}

void intake::write_trace() {
    hop told;
    told.helo = origin_.helo;
    told.client = origin_.client;
    told.hostname = settings_.hostname;
    told.protocol = origin_.protocol;
    told.tls = origin_.tls;
    told.hidden = settings_.hide_client;
    told.id = origin_.id.text();
    told.at = origin_.at + origin_.calendar_ahead;
    if (envelope_.recipients.size() == 1) told.for_recipient = envelope_.recipients.front().text();
    chunk_ += received_field(told);
}

std::size_t intake::append(std::string_view bytes) {
    if (header_.done() || problem_) return take_body(bytes);

    const std::size_t header_limit = trace_size_ + settings_.header_size_max;
    const std::size_t taken = take(bytes, std::max(chunk_size, header_limit + 1));
    read_header();
    if (problem_) return taken;
    return taken + take_body(bytes.substr(taken));  // removed fields have left room
}

// Takes as much as fits into `limit`.
std::size_t intake::take(std::string_view bytes, std::size_t limit) {
    const std::size_t room = limit - std::min(limit, chunk_.size());
    const std::string_view taken = bytes.substr(0, room);
    // A header that needs more than a chunk gets all its memory at once: doubling would take twice
    // as much.
    const bool grows = chunk_.size() + taken.size() > chunk_.capacity();
    if (grows && limit > chunk_size && chunk_.size() > chunk_size / 2) {
        chunk_.reserve(limit + trace_room);
    }
    chunk_ += taken;
    return taken.size();
}

std::size_t intake::take_body(std::string_view bytes) {
    const std::size_t taken = take(bytes, chunk_size);
    if (header_.done()) check_lines(bytes.substr(0, taken));
    if (digest_) digest_->take_body(bytes.substr(0, taken));
    return taken;
}

// The header has a limit of its own: one field of it may be as long as all of it.
void intake::check_lines(std::string_view body) {
    if (!problem_ && lines_.too_long(body)) problem_ = smtp::refusal::line_too_long;
}

void intake::read_header() {
    const auto message = std::string_view(chunk_).substr(trace_size_);
    const std::size_t limit = settings_.header_size_max;
    const bool ended = message.size() > limit ? header_.ends_in(message) : header_.scan(message);
    if (ended ? header_.facts().end > limit : message.size() > limit) {
        problem_ = smtp::refusal::header_too_big;
    } else if (ended) {
        on_header_end();
        begin_digest();
    }
}

// Makes the changes that the header needs, and adds missing fields after our Received field.
void intake::on_header_end() {
    const auto& header = header_.facts();
    if (header.received > settings_.hops_max) {
        problem_ = smtp::refusal::too_many_hops;
        return;
    }
    const auto message = std::string_view(chunk_).substr(trace_size_);
    check_lines(message.substr(header.end));
    if (problem_) return;
    if (origin_.reads_authors) {
        authors_ = authors_of(message, header, settings_.header.local_domain);
    }
    auto plan = plan_header(message, header, settings_.header);
    if (plan.priority) origin_.priority = *plan.priority;
    unknown_priority_ = std::move(plan.unknown_priority);
    route_tag_ = std::move(plan.route_tag);
    if (plan.idempotency_key.size() > queue::longest::idempotency_key) {
        problem_ = smtp::refusal::key_too_long;
        return;
    }
    idempotency_key_ = std::move(plan.idempotency_key);

    const std::string missing = missing_fields(plan);
    const bool as_it_is = plan.changes.empty() && header.begin == 0 && !origin_.rewriter;
    if (as_it_is && missing_end(message.substr(0, header.end)).empty()) {
        chunk_.insert(trace_size_, missing);
        header_size_ = trace_size_ + missing.size() + header.end;
    } else {
        auto changed = missing + changed_header(message, header, plan.changes);
        changed += missing_end(changed);
        if (origin_.rewriter) changed = rewritten(std::move(changed));
        chunk_.replace(trace_size_, header.end, changed);
        header_size_ = trace_size_ + changed.size();
    }
}

// The header is now as it will be sent.
void intake::begin_digest() {
    if (!origin_.is_signed || problem_) return;
    const auto message = std::string_view(chunk_);
    digest_.emplace();
    digest_->take_header(message.substr(0, header_size_), settings_.header.local_domain);
    digest_->take_body(message.substr(header_size_));
}

// `header` is the whole section as it would be stored, but for our trace.
std::string intake::rewritten(std::string header) {
    header_scan scan;
    scan.scan(header);
    const auto changes = origin_.rewriter(header, scan.facts());
    if (changes.empty()) return header;
    eight_bit_ = std::ranges::any_of(changes, [](const header_change& each) {
        return base::has_high(each.text);
    });
    return changed_header(header, scan.facts(), changes);
}

std::string intake::missing_fields(const header_plan& plan) {
    std::string missing;
    const bool fixup = settings_.header.fixup;
    if (fixup && !plan.date) missing += date_field(origin_.at + origin_.calendar_ahead);
    message_id_ = plan.message_id;
    if (fixup && message_id_.empty()) {
        message_id_ = message_id_text(origin_.id, settings_.hostname);
        missing += message_id_field(origin_.id, settings_.hostname);
    }
    return missing;
}

std::string intake::take_chunk() {
    assert(chunk_full());
    std::string full;
    if (chunk_.size() < 2 * chunk_size) {  // always, except after a large header
        full.reserve(chunk_size);
        std::swap(full, chunk_);
    } else {
        full = chunk_.substr(0, chunk_size);
        chunk_.erase(0, chunk_size);
    }
    size_ += full.size();
    ++chunks_taken_;
    return full;
}

void intake::end() {
    if (header_.done() || problem_) return;
    header_.finish(std::string_view(chunk_).substr(trace_size_));
    on_header_end();
    begin_digest();
}

void intake::leave_out(const std::vector<bool>& recipients) {
    left_out_ = static_cast<std::size_t>(std::ranges::count(recipients, true));
    if (settings_.redirect_to) return;
    std::vector<smtp::mailbox> kept;
    auto& all = envelope_.recipients;
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (at >= copies_begin_ || !recipients[at]) kept.push_back(std::move(all[at]));
    }
    copies_begin_ -= all.size() - kept.size();
    all = std::move(kept);
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

    if (!origin_.credential.empty()) {
        queue::delivery_terms terms;
        terms.credential = origin_.credential;
        mail.terms = std::move(terms);
    }
    if (!idempotency_key_.empty()) {
        queue::envelope_extras extras;
        extras.idempotency_key = idempotency_key_;
        mail.extras = std::move(extras);
    }
    result.deliveries = group_by_domain(envelope_.recipients, copies_begin_, mail);
    const std::string tenant = tenant_of(origin_.network, envelope_.reverse_path);
    for (auto& delivery : result.deliveries) {
        delivery.id = mail.id;
        delivery.due = mail.received_at;
        delivery.received_at = mail.received_at;
        delivery.size = mail.size;
        delivery.tenant = tenant;
        if (envelope_.reverse_path.address)
            delivery.sender_domain = envelope_.reverse_path.address->domain;
        delivery.priority = origin_.priority;
        delivery.terms = mail.terms;
    }
    // The addresses alone decide: clients say SMTPUTF8 without need, and a header that is not ASCII
    // is passed on as the eight-bit bytes it is (decision 37).
    mail.needs.eight_bit = content.eight_bit || eight_bit_;
    mail.needs.smtputf8 = needs_utf8_envelope(mail);
    mail.needs.longest_line = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(content.longest_line, std::numeric_limits<std::uint32_t>::max())
    );
    result.last_chunk = std::move(chunk_);
    return result;
}

}  // namespace kurir::message
