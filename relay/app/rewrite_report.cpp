#include "relay/app/rewrite_report.hpp"

#include <memory>
#include <string>
#include <utility>

#include "relay/app/line_diff.hpp"
#include "relay/base/numeric_address.hpp"
#include "relay/inbound/message_rewriting.hpp"
#include "relay/inbound/session_settings.hpp"
#include "relay/message/authors.hpp"
#include "relay/message/intake.hpp"
#include "relay/smtp/address.hpp"

namespace kurir::app {

namespace {

using manner = config::address_map::manner;

// With CRLF as line ends, as it is submitted.
std::string submitted(std::string_view text) {
    std::string all;
    for (const auto& line : lines_of(text))
        all += line + "\r\n";
    return all;
}

// The sender of the question, or the first author. False if it is no address.
bool find_sender(
    const config::config& config,
    const rewrite_question& question,
    std::string_view message,
    smtp::path& sender
) {
    auto text = question.sender.value_or("");
    if (!question.sender) {
        message::header_scan header;
        if (!header.scan(message)) header.finish(message);
        const auto found = message::authors_of(message, header.facts(), config.local_domain);
        if (!found.addresses.empty()) text = found.addresses.front();
    }
    if (text.empty() || text == "<>") return true;
    sender.address = smtp::parse_mailbox(text, true).value;
    return sender.address.has_value();
}

// The recipients that would be taken; the others are named in `refused`. False if one is no
// address.
bool find_recipients(
    const config::config& config,
    const rewrite_question& question,
    std::vector<smtp::mailbox>& recipients,
    std::string& refused
) {
    for (const auto& text : question.recipients) {
        auto address = smtp::parse_mailbox(text, true);
        if (!address) return false;
        const auto mapped = config.recipient_map.find(*address.value);
        if (mapped && mapped->told == manner::refuse) {
            refused +=
                text + ": 551 5.1.6 User not local; please try <" + mapped->address.text() + ">\n";
        } else {
            recipients.push_back(std::move(*address.value));
        }
    }
    return true;
}

std::vector<std::string> envelope_lines(
    const std::string& sender, const std::vector<std::string>& recipients
) {
    std::vector<std::string> lines = {"MAIL FROM:<" + sender + '>'};
    for (const auto& each : recipients)
        lines.push_back("RCPT TO:<" + each + '>');
    return lines;
}

std::vector<std::string> texts_of(const std::vector<smtp::mailbox>& addresses) {
    std::vector<std::string> all;
    for (const auto& each : addresses)
        all.push_back(each.text());
    return all;
}

std::vector<std::string> texts_of(const std::vector<queue::recipient>& recipients) {
    std::vector<std::string> all;
    for (const auto& each : recipients)
        all.push_back(each.address);
    return all;
}

// All that would be stored.
std::string stored_text(message::intake& intake, std::string_view message) {
    std::string all;
    for (;;) {
        message.remove_prefix(intake.append(message));
        if (message.empty() || intake.problem()) break;
        all += intake.take_chunk();
    }
    intake.end();
    return all;
}

}  // namespace

rewrite_report report_rewriting(
    const config::config& config,
    const rewrite_question& question,
    std::string_view message,
    queue::time_point now
) {
    rewrite_report report;
    const auto text = submitted(message);
    smtp::server_transaction given;
    if (!find_sender(config, question, text, given.reverse_path)) {
        return {.mistake = "--from is an address or <>"};
    }
    if (!find_recipients(config, question, given.recipients, report.refused)) {
        return {.mistake = "--to is an address"};
    }
    const auto client = base::numeric_address(question.client);
    if (!client && !question.client.empty()) return {.mistake = "--client is an IP address"};
    const inbound::session_settings settings(std::make_shared<const config::config>(config));
    message::intake_origin origin;
    origin.at = now;
    origin.helo = "localhost";
    origin.client = client ? client->to_string() : "127.0.0.1";
    origin.protocol = "ESMTP";
    origin.credential = question.credential;
    inbound::message_rewriting rewriting(config, given, origin, client);
    auto envelope = given;
    rewriting.change(envelope, origin);
    message::intake intake(settings.intake, std::move(origin), std::move(envelope));
    auto stored = stored_text(intake, text);
    if (intake.problem()) {
        const auto reply = smtp::reply_to(*intake.problem());
        report.refused.append("the message is refused: ").append(std::to_string(reply.code));
        report.refused.append(" ").append(reply.status.text()).append(" ").append(reply.text);
        report.refused += '\n';
        return report;
    }
    const auto result = intake.take_submission({});
    stored += result.last_chunk;
    stored.resize(result.mail.header_size);
    message::header_scan header;
    if (!header.scan(text)) header.finish(text);

    report.text = unified_diff(
        {.name = "envelope as submitted",
         .lines = envelope_lines(given.reverse_path.text(), texts_of(given.recipients))},
        {.name = "envelope as stored",
         .lines = envelope_lines(result.mail.reverse_path, texts_of(result.mail.recipients))}
    );
    report.text += unified_diff(
        {.name = "header as submitted", .lines = lines_of(text.substr(0, header.facts().end))},
        {.name = "header as stored", .lines = lines_of(stored)}
    );
    return report;
}

}  // namespace kurir::app
