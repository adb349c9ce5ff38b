#include "dns/error.hpp"

#include <string>

namespace kurir::dns {
namespace {

class category_type final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "dns"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::not_found:
                return "no such name";
            case errc::no_data:
                return "no such record";
            case errc::null_mx:
                return "the domain accepts no mail";
            case errc::servfail:
                return "the name server failed";
            case errc::refused:
                return "the name server refused to answer";
            case errc::timeout:
                return "no name server answered in time";
            case errc::malformed:
                return "the name server's answer makes no sense";
            case errc::unreachable:
                return "no name server could be asked";
            case errc::cancelled:
                return "the look-up was cancelled";
            case errc::unproven:
                return "the name server's answer is empty and proves nothing (no SOA record)";
            case errc::other_family:
                return "it has addresses only of the IP family that is switched off "
                       "(KURIR_IP_FAMILY)";
            case errc::too_many:
                return "it has more mail servers than are asked about, and those that were asked "
                       "about have no address";
            case errc::shortage:
                return "no descriptor, memory or port was left to ask a name server";
        }
        return "unknown DNS error";
    }
};

}  // namespace

const boost::system::error_category& category() noexcept {
    static const category_type instance;
    return instance;
}

}  // namespace kurir::dns
