#include "relay/config/named_relayhost.hpp"

namespace kurir::config {
namespace {

// What the map has for this name; a value without content if it has nothing.
template <class Value>
const Value& found_in(const std::map<std::string, Value>& all, const std::string& name) {
    static const Value none{};
    const auto found = all.find(name);
    return found == all.end() ? none : found->second;
}

}  // namespace

const relayhost_list& servers_of(const config& config, const std::string& name) {
    return name.empty() ? config.relayhost : found_in(config.relayhosts, name);
}

const std::optional<tls_policy>& policy_of(const config& config, const std::string& name) {
    return found_in(config.relayhost_tls, name);
}

const relayhost_login& login_of(const config& config, const std::string& name) {
    return name.empty() ? config.relayhost_login : found_in(config.relayhost_logins, name);
}

}  // namespace kurir::config
