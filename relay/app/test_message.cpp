#include "relay/app/test_message.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include "relay/message/digest_maker.hpp"

namespace kurir::app {

namespace {

constexpr std::string_view line_end = "\r\n";

}  // namespace

std::string test_message(const test_envelope& envelope) {
    std::string text;
    const auto line = [&](const std::string& content) { text += content + std::string(line_end); };
    line("From: <" + envelope.sender + ">");
    line("To: <" + envelope.recipient + ">");
    line("Subject: A test by kurir send-test on " + envelope.hostname);
    line("Date: " + base::mail_date(envelope.time));
    line("Message-ID: <" + envelope.unique + ".test@" + envelope.hostname + ">");
    line("Auto-Submitted: auto-generated");
    line("MIME-Version: 1.0");
    line("Content-Type: text/plain; charset=us-ascii");
    line("");
    line("The relay " + envelope.hostname + " was asked to send this message, to see whether");
    line("mail from it arrives. Nobody waits for an answer.");
    return text;
}

base::result<test_signatures, std::string> sign_test(
    const dkim::message_signer& signer, const test_envelope& envelope, const std::string& text
) {
    const dkim::transaction sent{
        .domains =
            {
                .authors = {dkim::domain_of(envelope.sender)},
                .reverse_path = dkim::domain_of(envelope.sender),
            },
        .time = std::chrono::floor<std::chrono::seconds>(envelope.time),
    };
    const auto choice = signer.choose(sent);
    test_signatures made;
    if (choice.keys.empty()) return made;
    const auto body = text.find("\r\n\r\n") + 2 * line_end.size();
    message::digest_maker maker;
    maker.take_header(std::string_view(text).substr(0, body), "");
    maker.take_body(std::string_view(text).substr(body));
    const auto digested = maker.finish();
    if (!digested.digest) {
        return {boost::system::in_place_error, "the message " + digested.digest.error()};
    }
    auto signing = signer.sign(*digested.digest, digested.header, choice, sent.time);
    if (signing.failed()) return {boost::system::in_place_error, std::move(signing.failure)};
    made.fields = std::move(signing.fields);
    for (const auto& each : choice.keys) {
        made.described += (made.described.empty() ? "" : ", ") + each.place.selector +
                          "._domainkey." + each.place.domain;
    }
    return made;
}

}  // namespace kurir::app
