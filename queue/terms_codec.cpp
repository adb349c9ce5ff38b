#include "queue/terms_codec.hpp"

namespace kurir::queue {

namespace {

enum deadline_flag : std::uint8_t { bounces = 1, traced = 2 };

delivery_deadline read_deadline(field_reader& content) {
    delivery_deadline deadline;
    deadline.at = content.time("deadline");
    const auto flags = content.byte("deadline");
    content.know(flags <= (bounces | traced), "deadline");
    deadline.bounces = (flags & bounces) != 0;
    deadline.traced = (flags & traced) != 0;
    return deadline;
}

operator_hold read_hold(field_reader& content) {
    operator_hold hold;
    hold.since = content.time("hold");
    hold.operator_name = content.text("operator of the hold", longest::name);
    hold.reason = content.text("reason of the hold", longest::reason);
    return hold;
}

}  // namespace

void put_terms(const delivery_terms& terms, item_writer& items) {
    items.text(item::route, terms.route, longest::name);
    items.text(item::credential, terms.credential, longest::name);
    if (const auto& at = terms.release_at) {
        items.fields(item::release_at, [&](field_writer& content) { content.time(*at); });
    }
    if (const auto& deadline = terms.deadline) {
        items.fields(item::deadline, [&](field_writer& content) {
            content.time(deadline->at);
            content.byte(static_cast<std::uint8_t>(
                (deadline->bounces ? deadline_flag::bounces : 0) |
                (deadline->traced ? deadline_flag::traced : 0)
            ));
        });
    }
    if (terms.require_tls) {
        items.fields(item::require_tls, [](field_writer& content) { content.byte(1); });
    }
    if (const auto& hold = terms.hold) {
        assert(
            hold->operator_name.size() <= longest::name && hold->reason.size() <= longest::reason
        );
        items.fields(item::hold, [&](field_writer& content) {
            content.time(hold->since);
            content.text(hold->operator_name);
            content.text(hold->reason);
        });
    }
}

bool take_terms_item(item tag, field_reader& content, delivery_terms& terms) {
    switch (tag) {
        case item::route:
            terms.route = content.rest("route", longest::name);
            return true;
        case item::credential:
            terms.credential = content.rest("credential", longest::name);
            return true;
        case item::release_at:
            terms.release_at = content.time("release time");
            return true;
        case item::deadline:
            terms.deadline = read_deadline(content);
            return true;
        case item::require_tls:
            terms.require_tls = true;
            content.know(content.byte("REQUIRETLS") == 1, "REQUIRETLS");
            return true;
        case item::hold:
            terms.hold = read_hold(content);
            return true;
        default:
            return false;
    }
}

}  // namespace kurir::queue
