#include "relay/inbound/message_rewriting.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "relay/base/listed.hpp"
#include "relay/base/utc.hpp"
#include "relay/inbound/observations.hpp"
#include "relay/rewrite/envelope.hpp"

namespace kurir::inbound {

namespace {

std::string address_text(const smtp::mailbox& address) {
    return address.text();
}

}  // namespace

message_rewriting::message_rewriting(
    const config::config& config,
    const smtp::server_transaction& envelope,
    const message::intake_origin& origin,
    std::optional<boost::asio::ip::address> client
)
    : config_(config),
      message_{
          .reverse_path = envelope.reverse_path,
          .recipients = envelope.recipients,
          .credential = origin.credential,
          .client = std::move(client),
          .queue_id = origin.id.text(),
          .date = base::mail_date(origin.at + origin.calendar_ahead),
      } {}

void message_rewriting::change(smtp::server_transaction& envelope, message::intake_origin& origin) {
    auto changed = rewrite::change_envelope(config_, message_);
    if (changed.reverse_path != message_.reverse_path) {
        told_.reverse_path = message_.reverse_path.text();
    }
    std::vector<smtp::mailbox> moved;
    for (std::size_t at = 0; at < changed.recipients.size(); ++at) {
        const auto& given = message_.recipients[at];
        if (changed.recipients[at] != given) moved.push_back(given);
    }
    told_.recipients = base::listed(moved, address_text);
    told_.copies = base::listed(changed.copies, address_text);
    envelope.reverse_path = std::move(changed.reverse_path);
    envelope.recipients = std::move(changed.recipients);
    origin.copies = std::move(changed.copies);
    if (!rewrite::changes_headers(config_)) return;
    origin.rewriter = [this](std::string_view text, const message::header_facts& header) {
        return change_header(text, header);
    };
}

std::vector<message::header_change> message_rewriting::change_header(
    std::string_view text, const message::header_facts& header
) {
    auto changed = rewrite::change_header(config_, message_, text, header);
    const auto& authors = changed.authors;
    told_.authors = base::listed(authors, [](const auto& each) { return each.before; });
    told_.new_authors = base::listed(authors, [](const auto& each) { return each.after; });
    told_.unreadable = base::listed(changed.unreadable, [](const auto& each) { return each; });
    return std::move(changed.changes);
}

}  // namespace kurir::inbound
