// DKIM: the folder of keys, and which of them sign.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace kurir::config {

// A domain that is signed for, and by which selector.
struct signed_domain {
    std::string domain;    // lower case, with A-labels
    std::string selector;  // lower case; empty: whatever its files say
    bool operator==(const signed_domain&) const = default;
};

struct dkim_signing {
    std::string key_dir = {};   // empty: nothing is signed
    std::string selector = {};  // of files that name none, and where several begin together
    std::vector<signed_domain> domains = {};  // empty: all that have keys
    std::string default_domain = {};          // signs for all that have no key; empty: none
    std::chrono::milliseconds lifetime{};     // of signatures; 0: they don't expire

    bool given() const noexcept { return !key_dir.empty(); }
};

}  // namespace kurir::config
