#include "relay/outbound/bounce_signing.hpp"

#include <string_view>
#include <tuple>
#include <utility>

#include "relay/message/digest_maker.hpp"
#include "relay/signing/submission_signing.hpp"

namespace kurir::outbound {

boost::asio::awaitable<void> sign_bounce(
    const bookkeeping& books, std::optional<queue::submission>& bounce
) {
    auto signer = books.signing != nullptr && bounce ? books.signing->current() : nullptr;
    if (!signer) co_return;
    const std::string_view text = bounce->last_chunk;
    message::digest_maker digest;
    digest.take_header(text.substr(0, bounce->mail.header_size), "");
    digest.take_body(text.substr(bounce->mail.header_size));
    std::ignore = co_await signing::sign_submission(
        *books.signing, std::move(signer), digest.finish(), *bounce
    );
}

}  // namespace kurir::outbound
