// Refresh tokens that token servers gave in place of those of the configuration: a file for each
// relayhost, in the folder of the queue, that only its owner can read.
//
// A file belongs to the refresh token in the configuration for which it was written: a new one
// there starts anew.
#pragma once

#include <filesystem>
#include <string>

#include "relay/oauth/token_client.hpp"

namespace kurir::oauth {

class refresh_store {
public:
    explicit refresh_store(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // Empty if there is none for this client.
    std::string find(const std::string& name, const token_client& client) const;

    // Whole or not at all, also after a crash. Returns what went wrong; empty if nothing.
    std::string keep(
        const std::string& name, const token_client& client, const std::string& refresh_token
    ) const;

    std::filesystem::path path_of(const std::string& name) const;

private:
    std::filesystem::path folder_;
};

}  // namespace kurir::oauth
