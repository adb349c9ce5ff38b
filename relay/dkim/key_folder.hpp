// Reads a folder of keys, whose files somebody else lists and opens. Pure, but for OpenSSL.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/dkim/key_ring.hpp"

namespace kurir::dkim {

struct key_text {
    std::string text;
    bool exposed = false;  // every user of the machine can read it
};

// The text of a file of the list, or why there is none, as the end of a sentence.
using key_reader = std::function<base::result<key_text, std::string>(const std::string& path)>;

// A domain to sign for, and the selector if it may be only one.
struct domain_wish {
    std::string domain;    // lower case, with A-labels
    std::string selector;  // lower case; empty: whatever its files say
};

struct key_wishes {
    std::string selector;              // for files that name none, and where several begin together
    std::vector<domain_wish> domains;  // empty: all that have keys
};

// What docker-postfix and opendkim's packages for it name the selector, if nobody does.
inline constexpr std::string_view usual_selector = "mail";

struct key_complaint {
    std::string subject;  // a file, or a domain
    std::string text;     // the end of a sentence about it

    std::string sentence() const { return "'" + subject + "' " + text; }
    bool operator==(const key_complaint&) const = default;
};

struct key_folder {
    key_ring ring;
    std::vector<key_complaint> mistakes;  // if there are any, the ring lacks keys
    std::vector<key_complaint> warnings;
};

// `paths`: all files below the folder, relative to it.
key_folder read_keys(
    std::vector<std::string> paths, const key_reader& reader, const key_wishes& wishes
);

}  // namespace kurir::dkim
