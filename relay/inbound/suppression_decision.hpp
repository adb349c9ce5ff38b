// Which recipients must not get a message, and the replies. Pure.
//
// Two lists count: KURIR_SUPPRESSION_LIST, and the one that operators change while Kurir runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/message.hpp"
#include "relay/config/config.hpp"
#include "relay/smtp/address.hpp"
#include "relay/smtp/server_dialogue.hpp"
#include "relay/suppression/shared_list.hpp"

namespace kurir::inbound {

// Whose mail it is: the client's user, or its certificate's name; and who sends it.
struct mail_tenants {
    std::string credential = {};
    std::string sender_domain = {};
};
mail_tenants tenants_of(std::string_view credential, const smtp::path& reverse_path);

std::optional<suppression::entry> entry_against(
    const smtp::mailbox& recipient,
    const mail_tenants& tenants,
    const config::config& config,
    const suppression::shared_list& kept,
    suppression::seconds_time time
);

// The reply to RCPT. It names the reason if that is ASCII, cut to a line's length.
smtp::denial denial_of(const suppression::entry& entry);

// What an operator does who wants the recipient to get mail.
std::string releasing_advice(const suppression::entry& entry);

// Recipients of `message` that must not get it get deliveries of their own, on the route that ends
// in a bounce (`config::suppressed_route`). Returns what was found against them.
using recipient_judge = std::function<std::optional<suppression::entry>(const smtp::mailbox&)>;
std::vector<suppression::entry> set_apart(queue::submission& message, const recipient_judge& judge);

}  // namespace kurir::inbound
