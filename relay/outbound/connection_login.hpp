// A login over one connection: the credential that `smtp::opening` uses. It finds out itself
// whether TLS is spoken by then, however that came about.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/outbound/server_connection.hpp"
#include "relay/sasl/client.hpp"
#include "relay/sasl/server.hpp"

namespace kurir::outbound {

class connection_login final : public smtp::client_credential {
public:
    // `connection` must outlive it.
    connection_login(
        std::shared_ptr<const sasl::client_account> account, const server_connection& connection
    )
        : connection_(connection), login_(std::move(account), sasl::draw_nonce()) {}

    std::string begin(const std::vector<std::string>& mechanisms) override {
        if (connection_.secure()) {
            auto ids = connection_.channel();
            login_.secured({std::move(ids.exporter), std::move(ids.server_end_point)});
        }
        return login_.begin(mechanisms);
    }
    std::optional<std::string> answer(std::string_view challenge) override {
        return login_.answer(challenge);
    }
    bool satisfied() const override { return login_.satisfied(); }

    // What was begun; empty if nothing was.
    std::string_view mechanism() const noexcept { return login_.mechanism(); }

    // What the server said inside the mechanism about a failure, as it came.
    std::string complaint() const { return login_.complaint(); }

private:
    const server_connection& connection_;
    sasl::client_login login_;
};

}  // namespace kurir::outbound
