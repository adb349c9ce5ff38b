#include "relay/config/staging.hpp"

namespace kurir::config {

std::vector<std::string> staging_warnings(const config& config) {
    std::vector<std::string> warnings;
    if (!config.redirect_all_to.empty()) {
        warnings.push_back(
            "KURIR_REDIRECT_ALL_TO: all mail goes to " + config.redirect_all_to +
            " instead of its recipients"
        );
    }
    if (config.capture) {
        warnings.emplace_back("KURIR_CAPTURE=on: mail is accepted and kept, nothing is delivered");
    }
    return warnings;
}

}  // namespace kurir::config
