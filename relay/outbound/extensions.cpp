#include "relay/outbound/extensions.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"

namespace kurir::outbound {

namespace {

constexpr int bad_sequence = 503;
constexpr int bad_parameter = 555;  // MAIL or RCPT parameters not recognized (RFC 5321 4.1.1.11)

// 500 to 504 and 555, or 5.5.1, 5.5.2 and 5.5.4: a command or parameter that is not understood.
bool is_not_understood(const smtp::reply& said) {
    const auto& status = said.status;
    const bool by_status = status.klass == 5 && status.subject == 5 &&
                           (status.detail == 1 || status.detail == 2 || status.detail == 4);
    return (said.code >= 500 && said.code <= 504) || said.code == bad_parameter || by_status;
}

bool complains_of_pipelining(const smtp::reply& said) {
    const auto text = base::lowered(said.joined());
    return text.find("pipelin") != std::string::npos || text.find("synchroni") != std::string::npos;
}

bool breaks_pipelining(const smtp::recipient_result& result, std::size_t accepted) {
    const auto& said = *result.said;
    if (said.severity() < 4) return false;
    if (complains_of_pipelining(said)) return true;
    const bool misplaced = said.code == bad_sequence;
    return misplaced && (result.stage == smtp::client_stage::rcpt ||
                         (result.stage == smtp::client_stage::data && accepted > 0));
}

}  // namespace

extension_set ignored_with(const config::remote_ignores& rules, std::string_view name) {
    static constexpr std::array<std::string_view, 6> keywords{// in the order of `extension`
                                                              "PIPELINING",
                                                              "CHUNKING",
                                                              "SIZE",
                                                              "8BITMIME",
                                                              "SMTPUTF8",
                                                              "DSN"
    };
    extension_set ignored;
    for (std::size_t i = 0; i < keywords.size(); ++i) {
        if (rules.has(name, keywords[i])) ignored.add(static_cast<extension>(i));
    }
    return ignored;
}

smtp::peer reduced(smtp::peer offers, const extension_set& left_out) {
    if (left_out.has(extension::pipelining)) offers.pipelining = false;
    if (left_out.has(extension::chunking)) offers.chunking = false;
    if (left_out.has(extension::size)) offers.size = false;
    if (left_out.has(extension::eight_bit)) offers.eight_bit = false;
    if (left_out.has(extension::smtputf8)) offers.smtputf8 = false;
    if (left_out.has(extension::dsn)) offers.dsn = false;
    return offers;
}

extension_set failing_extensions(
    const smtp::mail_request& mail,
    const smtp::peer& used,
    const std::vector<smtp::recipient_result>& results,
    std::size_t accepted
) {
    using smtp::client_stage;
    extension_set failing;
    for (std::size_t recipient = 0; recipient < results.size(); ++recipient) {
        const auto& result = results[recipient];
        if (!result.said) continue;
        const bool of_body =
            result.stage == client_stage::data || result.stage == client_stage::eod;
        const bool not_understood = is_not_understood(*result.said);
        if (used.chunking && accepted > 0 && of_body && not_understood)
            failing.add(extension::chunking);
        if (used.pipelining && breaks_pipelining(result, accepted))
            failing.add(extension::pipelining);
        if (used.dsn && result.stage == client_stage::rcpt && not_understood &&
            mail.never_notifies(recipient))
            failing.add(extension::dsn);
        if (result.stage != client_stage::mail || !not_understood) continue;
        if (used.size) failing.add(extension::size);
        if (used.eight_bit && mail.eight_bit) failing.add(extension::eight_bit);
    }
    return failing;
}

}  // namespace kurir::outbound
