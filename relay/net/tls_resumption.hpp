// Sessions of TLS that a later connection to the same server may resume, so that it costs one round
// trip and no certificates.
//
// Who keeps them decides what "the same" is: a session must be resumed only by the terms on which
// it was agreed, because the server's certificate is not verified again.
#pragma once

#include <boost/system/error_code.hpp>

#include <functional>
#include <memory>

struct ssl_session_st;

namespace kurir::net {

struct resumable_session {
    std::shared_ptr<const ssl_session_st> session = nullptr;  // each connection uses a copy
    boost::system::error_code certificate_error = {};         // as it was found at first
};

// Of one connection as a client.
struct tls_resumption {
    resumable_session earlier = {};                         // none: a full handshake
    std::function<void(resumable_session)> keep = nullptr;  // called for each that the server gives
};

}  // namespace kurir::net
