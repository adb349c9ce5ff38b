// How Kurir asks a token server: by a refresh token, or by its own name and secret (RFC 6749
// sections 6 and 4.4). Pure.
#pragma once

#include <string>

#include "relay/net/http_client.hpp"

namespace kurir::oauth {

struct token_client {
    std::string url = {};
    std::string client_id = {};
    std::string client_secret = {};  // empty: a client without a secret
    std::string refresh_token = {};  // empty: client credentials
    std::string scope = {};

    bool operator==(const token_client&) const = default;
};

// Client and secret are in the body, where Microsoft and Google want them.
net::http_request token_request(const token_client& client, const std::string& refresh_token);

// `text` without what nobody may read: a server may repeat the request in its answer.
std::string without_secrets(std::string text, const token_client& client);

// Host and port of the URL, for people.
std::string server_of(const token_client& client);

}  // namespace kurir::oauth
