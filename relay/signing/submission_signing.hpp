// Signs a message before it is stored: the signatures lie in its envelope and are sent in front of
// it.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "queue/message.hpp"
#include "relay/message/digest_maker.hpp"
#include "relay/signing/signing_desk.hpp"

namespace kurir::signing {

// `wanted` is of all of `submission`, which has nothing in front of it yet; `signer` is not null.
// False: there is a key and no signature, which was logged. Resumes on the caller's executor.
boost::asio::awaitable<bool> sign_submission(
    signing_desk& desk,
    shared_signer signer,
    message::digested wanted,
    queue::submission& submission
);

}  // namespace kurir::signing
