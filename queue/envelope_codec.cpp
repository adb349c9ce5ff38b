// Records of envelopes, declared in codec.hpp.
#include <algorithm>
#include <cassert>
#include <utility>

#include "queue/codec.hpp"
#include "queue/items.hpp"
#include "queue/terms_codec.hpp"

namespace kurir::queue {

namespace {

constexpr std::uint8_t envelope_version = 3;
constexpr std::uint8_t envelope_with_items = 3;

enum needs_flag : std::uint8_t { eight_bit = 1, smtputf8 = 2 };
enum notify_flag : std::uint8_t { never = 1, success = 2, failure = 4, delay = 8 };

std::uint8_t flags_of(const dsn_notify& notify) {
    return static_cast<std::uint8_t>(
        (notify.never ? notify_flag::never : 0) | (notify.success ? notify_flag::success : 0) |
        (notify.failure ? notify_flag::failure : 0) | (notify.delay ? notify_flag::delay : 0)
    );
}

dsn_notify read_notify(field_reader& content) {
    const auto flags = content.byte("NOTIFY");
    const bool sensible = flags == notify_flag::never || (flags & (notify_flag::never | 0xf0)) == 0;
    content.know(flags != 0 && sensible, "NOTIFY");
    return {
        .never = (flags & notify_flag::never) != 0,
        .success = (flags & notify_flag::success) != 0,
        .failure = (flags & notify_flag::failure) != 0,
        .delay = (flags & notify_flag::delay) != 0,
    };
}

std::string items_of(const dsn_wishes& dsn) {
    std::string made;
    item_writer items(made);
    if (dsn.notify != dsn_notify()) {
        items.fields(item::notify, [&](field_writer& content) {
            content.byte(flags_of(dsn.notify));
        });
    }
    items.text(item::original_recipient, dsn.original, longest::original_recipient);
    return made;
}

// For each recipient that has items: the distance from the one before, and its items.
std::string items_of(const std::vector<recipient>& recipients) {
    std::string made;
    field_writer fields(made);
    std::size_t next = 0;
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        if (!recipients[i].dsn) continue;
        fields.number(i - next);
        fields.text(items_of(*recipients[i].dsn));
        next = i + 1;
    }
    return made;
}

void read_recipient_items(field_reader& content, std::vector<recipient>& recipients) {
    std::size_t next = 0;
    while (content.good() && !content.empty()) {
        const auto distance = content.number<std::uint32_t>("recipient with items");
        content.check(
            distance < recipients.size() - next, "recipient with items", "does not exist"
        );
        const auto size = content.number("items of a recipient");
        content.check(size != 0, "items of a recipient", "are empty");
        field_reader items(content.bytes("items of a recipient", size));
        if (!content.good()) return;
        dsn_wishes dsn;
        read_items(items, nullptr, [&](item tag, field_reader& value) {
            if (tag == item::notify) {
                dsn.notify = read_notify(value);
            } else if (tag == item::original_recipient) {
                dsn.original = value.rest("ORCPT", longest::original_recipient);
            } else {
                return false;
            }
            return true;
        });
        if (!items.good()) content.fail(items.error());
        recipients[next + distance].dsn = std::move(dsn);
        next += distance + 1;
    }
}

void read_hashes(field_reader& content, std::vector<body_hash>& hashes) {
    while (content.good() && !content.empty()) {
        hashes.push_back({
            .method = content.text("method of a body hash", longest::hash_method),
            .value = content.text("body hash", longest::hash),
        });
        content.check(hashes.size() <= longest::hashes, "body hashes", "are too many");
    }
}

void put_hashes(const std::vector<body_hash>& hashes, item_writer& items) {
    if (hashes.empty()) return;
    assert(hashes.size() <= longest::hashes);
    items.fields(item::body_hashes, [&](field_writer& content) {
        for (const auto& each : hashes) {
            assert(each.method.size() <= longest::hash_method);
            assert(each.value.size() <= longest::hash);
            content.text(each.method);
            content.text(each.value);
        }
    });
}

dsn_return read_return(field_reader& content) {
    const auto value = content.byte("RET");
    const bool known = value == static_cast<std::uint8_t>(dsn_return::full) ||
                       value == static_cast<std::uint8_t>(dsn_return::headers);
    content.know(known, "RET");
    return known ? static_cast<dsn_return>(value) : dsn_return::unsaid;
}

void put_items(const envelope& mail, std::string& out) {
    const auto& extras = *mail.extras;
    item_writer items(out);
    items.text(item::envid, extras.envid, longest::envid);
    if (extras.ret != dsn_return::unsaid) {
        items.fields(item::ret, [&](field_writer& content) {
            content.byte(static_cast<std::uint8_t>(extras.ret));
        });
    }
    const auto of_recipients = items_of(mail.recipients);
    if (!of_recipients.empty()) items.content(item::recipients, of_recipients);
    items.text(item::prefix, extras.prefix, longest::prefix);
    put_hashes(extras.body_hashes, items);
    items.text(item::trace_parent, extras.trace_parent, longest::trace_parent);
    items.text(item::trace_state, extras.trace_state, longest::trace_state);
    items.text(item::listener, extras.listener, longest::name);
    items.text(item::idempotency_key, extras.idempotency_key, longest::idempotency_key);
    put_terms(*mail.terms, items);
}

bool take_item(
    item tag, field_reader& content, std::vector<recipient>& recipients, envelope_extras& extras
) {
    switch (tag) {
        case item::envid:
            extras.envid = content.rest("ENVID", longest::envid);
            return true;
        case item::ret:
            extras.ret = read_return(content);
            return true;
        case item::recipients:
            read_recipient_items(content, recipients);
            return true;
        case item::prefix:
            extras.prefix = content.rest("prefix", longest::prefix);
            return true;
        case item::body_hashes:
            read_hashes(content, extras.body_hashes);
            return true;
        case item::trace_parent:
            extras.trace_parent = content.rest("traceparent", longest::trace_parent);
            return true;
        case item::trace_state:
            extras.trace_state = content.rest("tracestate", longest::trace_state);
            return true;
        case item::listener:
            extras.listener = content.rest("listener", longest::name);
            return true;
        case item::idempotency_key:
            extras.idempotency_key = content.rest("idempotency key", longest::idempotency_key);
            return true;
        default:
            return false;
    }
}

void read_items_of(record_reader& record, envelope& mail) {
    delivery_terms terms;
    envelope_extras extras;
    read_items(record, nullptr, [&](item tag, field_reader& content) {
        return take_item(tag, content, mail.recipients, extras) ||
               take_terms_item(tag, content, terms);
    });
    mail.terms = std::move(terms);
    mail.extras = std::move(extras);
}

void read_needs(record_reader& record, content_needs& needs) {
    const auto flags = record.byte("needs");
    record.know(flags <= (needs_flag::eight_bit | needs_flag::smtputf8), "needs");
    needs.eight_bit = (flags & needs_flag::eight_bit) != 0;
    needs.smtputf8 = (flags & needs_flag::smtputf8) != 0;
    needs.longest_line = record.number<std::uint32_t>("longest line");
}

}  // namespace

void encode(const envelope& mail, std::string& out) {
    out.clear();
    field_writer record(out);
    record.byte(envelope_version);
    record.fixed(mail.id.value());
    record.byte(static_cast<std::uint8_t>(mail.origin));
    record.time(mail.received_at);
    record.number(mail.size);
    record.number(mail.header_size);
    record.number(mail.chunks);
    record.byte(static_cast<std::uint8_t>(
        (mail.needs.eight_bit ? needs_flag::eight_bit : 0) |
        (mail.needs.smtputf8 ? needs_flag::smtputf8 : 0)
    ));
    record.number(mail.needs.longest_line);
    record.text(mail.reverse_path);
    record.number(mail.recipients.size());
    for (const auto& recipient : mail.recipients)
        record.text(recipient.address);
    record.text(mail.client);
    record.text(mail.session);
    record.text(mail.message_id_header);
    const bool plain = !mail.terms && !mail.extras &&
                       std::ranges::none_of(mail.recipients, [](const auto& recipient) {
                           return static_cast<bool>(recipient.dsn);
                       });
    if (!plain) put_items(mail, out);
    seal(out);
}

decoded<envelope> decode_envelope(message_id id, std::string_view bytes) {
    record_reader record(bytes, id, envelope_version);
    envelope mail;
    mail.id = id;
    const auto origin_byte = record.byte("origin");
    const bool known = origin_byte == static_cast<int>(origin::smtp) ||
                       origin_byte == static_cast<int>(origin::dsn);
    record.know(known, "origin");
    mail.origin = static_cast<origin>(origin_byte);
    mail.received_at = record.time("time of reception");
    mail.size = record.number("size");
    mail.header_size = record.number<std::uint32_t>("size of the header");
    mail.chunks = record.number<std::uint32_t>("number of chunks");
    read_needs(record, mail.needs);
    mail.reverse_path = record.text("reverse-path");
    const auto count = record.count("number of recipients");
    for (std::size_t i = 0; i < count && record.good(); ++i)
        mail.recipients.push_back({.address = record.text("a recipient")});
    mail.client = record.text("client");
    mail.session = record.text("session");
    mail.message_id_header = record.text("Message-ID");
    if (record.version() >= envelope_with_items && !record.empty()) read_items_of(record, mail);
    record.end("envelope");
    if (!record.good()) return record.error();
    return mail;
}

}  // namespace kurir::queue
