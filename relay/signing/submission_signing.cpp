#include "relay/signing/submission_signing.hpp"

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>

namespace kurir::signing {

namespace {

// Also notes the hash that the fields were made from: a signature that comes later can be made from
// it.
void put_in_front(queue::submission& submission, std::string fields, std::string body_hash) {
    auto& mail = submission.mail;
    auto extras = *mail.extras;
    assert(extras.prefix.empty() && fields.size() <= queue::longest::prefix);
    mail.size += fields.size();
    mail.header_size += static_cast<std::uint32_t>(fields.size());
    for (auto& each : submission.deliveries)
        each.size = mail.size;
    extras.prefix = std::move(fields);
    extras.body_hashes.push_back({.method = "sha256/relaxed", .value = std::move(body_hash)});
    mail.extras = std::move(extras);
}

}  // namespace

boost::asio::awaitable<bool> sign_submission(
    signing_desk& desk,
    shared_signer signer,
    message::digested wanted,
    queue::submission& submission
) {
    auto body_hash = wanted.digest ? wanted.digest->body_hash : std::string();
    auto made = co_await desk.sign(
        std::move(signer),
        std::move(wanted),
        {.reverse_path = submission.mail.reverse_path, .queue_id = submission.mail.id.text()}
    );
    if (!made.text.empty()) {
        put_in_front(submission, std::move(made.text), std::move(body_hash));
    }
    co_return !made.failed;
}

}  // namespace kurir::signing
