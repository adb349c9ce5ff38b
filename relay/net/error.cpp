#include "relay/net/error.hpp"

#include <string>

namespace kurir::net {

namespace {

class net_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "kurir.net"; }

    std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
            case errc::timed_out:
                return "timed out";
            case errc::interrupted:
                return "interrupted";
            case errc::end_of_stream:
                return "connection closed by the peer";
            case errc::truncated:
                return "connection closed without an end of TLS";
            case errc::not_secured:
                return "TLS was not agreed on";
            case errc::flooded:
                return "much of TLS came, and nothing within it";
            case errc::cut_off:
                return "an earlier write was cut off";
            case errc::not_local:
                return "the local address is not on this machine";
        }
        return "unknown network error";
    }
};

}  // namespace

const boost::system::error_category& category() noexcept {
    static const net_category instance;
    return instance;
}

}  // namespace kurir::net
