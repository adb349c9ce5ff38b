// `kurir dkim generate`, `show` and `check`: keys for signatures, and their records in the DNS.
#pragma once

#include <string>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/dkim/key_ring.hpp"

namespace kurir::app {

struct key_order {
    std::string domain;
    std::string selector = {};  // empty: KURIR_DKIM_SELECTOR, or the month
    std::string type = "rsa";   // rsa, ed25519 or both
    unsigned int rsa_bits = 2048;
    std::string begin = {};  // YYYY-MM-DD; empty: at once
};

// What differs between the records of a name and our key, as the end of a sentence; empty: nothing.
std::string difference(const std::vector<std::string>& records, const dkim::domain_key& key);

// Each prints what it has done or found, and returns the exit status. Keys are written with mode
// 0600, and never over a file.
int generate_dkim_keys(const config::config& config, const key_order& order);
int show_dkim_keys(const config::config& config, const std::string& domain);
int check_dkim_keys(const config::config& config, const std::string& domain);

}  // namespace kurir::app
